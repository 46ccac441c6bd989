# Completion of rag for fish:  rag completion fish > ~/.config/fish/completions/rag.fish
function __rag_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -l lines ($program __complete fish $words[2..-1] "$typed" 2>/dev/null)
    for line in $lines[2..-1]
        printf '%s\n' $line
    end
    switch "$lines[1]"
        case files
            __fish_complete_path "$typed"
        case folders
            __fish_complete_directories "$typed" ''
    end
end
complete --command rag --no-files --arguments '(__rag_complete)'
