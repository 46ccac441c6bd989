# Completion of rag for PowerShell:  rag completion powershell >> $PROFILE
Register-ArgumentCompleter -Native -CommandName rag -ScriptBlock {
    param($typed, $tree, $position)
    $words = @($tree.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    if ($typed -eq '') { $words += '""' }
    $lines = @(& rag __complete powershell @words 2>$null)
    $lines | Select-Object -Skip 1 | ForEach-Object {
        $name, $meaning = $_ -split "`t", 2
        if (-not $meaning) { $meaning = $name }
        $shown = if ($name -match '[^\w.:/=-]') { "'" + $name.Replace("'", "''") + "'" } else { $name }
        [System.Management.Automation.CompletionResult]::new($shown, $name, 'ParameterValue', $meaning)
    }
}
