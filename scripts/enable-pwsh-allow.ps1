<#
.SYNOPSIS
Lets THIS PowerShell window run scripts that lie on this machine, until the window is closed.

.DESCRIPTION
You do not need this to train: `python dev.py setup train` and `hansard ...` are programs, and
Windows' execution policy is about PowerShell scripts (.ps1) alone. Nor do you need it to activate a
virtual environment: call .venv\Scripts\hansard by its path instead.

If you want scripts/setup_env.ps1 all the same and Windows refuses it, this is the smallest door:

* It does nothing unless you say -Yes. Without it, it only tells what it would do.
* It sets the policy RemoteSigned for the scope Process: this window, and what is started from it.
  Nothing is written to the registry; a new window is as strict as before.
* It never sets Bypass or Unrestricted, never touches the scopes CurrentUser and LocalMachine, and
  takes the mark "from the internet" off no file. A script that was downloaded stays refused until
  you have read it and unblocked that one file yourself (Unblock-File -LiteralPath ...).
* Where your organisation sets the policy (MachinePolicy, UserPolicy), it changes nothing and says so.

Once it is refused itself, read it, and then type its one line yourself:

    Set-ExecutionPolicy -Scope Process -ExecutionPolicy RemoteSigned

.PARAMETER Yes
Do it. Without this switch the script only explains.

.EXAMPLE
. .\scripts\enable-pwsh-allow.ps1 -Yes
#>
[CmdletBinding()]
param(
    [switch] $Yes
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

if ($PSVersionTable.PSEdition -eq 'Core' -and -not $IsWindows) {
    Write-Output 'Only Windows has execution policies; there is nothing to do here.'
    return
}

$ruled = Get-ExecutionPolicy -List |
    Where-Object { $_.Scope -in 'MachinePolicy', 'UserPolicy' -and $_.ExecutionPolicy -ne 'Undefined' }
if ($ruled) {
    Write-Warning 'Your organisation sets the execution policy. Nothing was changed; ask those who set it.'
    return
}

$now = Get-ExecutionPolicy
if ($now -in 'RemoteSigned', 'Unrestricted', 'Bypass') {
    Write-Output "Scripts of this machine may run already (the policy is $now). Nothing was changed."
    return
}

Write-Warning 'This lets the current window run every script that lies on this machine, not only those of Hansard.'
Write-Warning 'Run only scripts that you have read. Close the window when you are done: that ends it.'
if (-not $Yes) {
    Write-Output "The policy is $now. Nothing was changed; to go on: . .\scripts\enable-pwsh-allow.ps1 -Yes"
    return
}

Set-ExecutionPolicy -Scope Process -ExecutionPolicy RemoteSigned -Force
Write-Output "The policy of this window is now $(Get-ExecutionPolicy), until it is closed. It was $now."
