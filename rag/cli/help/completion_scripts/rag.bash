# Completion of rag for bash. In ~/.bashrc:  eval "$(rag completion bash)"
_rag() {
    local line first=1 also= word=${COMP_WORDS[COMP_CWORD]} IFS=$' \t\n'
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ -n $first ]]; then
            also=$line first=
        else
            COMPREPLY+=("$(printf %q "${line%%$'\t'*}")")
        fi
    done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [[ $also == files && ${#COMPREPLY[@]} -eq 0 ]]; then
        compopt -o default # readline's own file names: it knows of quotes and of ~
    elif [[ $also == files && -n $word ]]; then
        compopt -o filenames
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
    elif [[ $also == folders ]]; then
        compopt -o dirnames
    fi
}
complete -F _rag rag
