<#
.SYNOPSIS
Makes .venv and installs what training needs, then says whether PyTorch sees a GPU.

.DESCRIPTION
The same as `python dev.py setup train`, for people who would rather see each step. It changes
nothing outside the project's folder: no execution policy, no PATH, no settings of Windows.

PyTorch for NVIDIA cards on Windows comes from an index of its own, whose address depends on your
driver; PyTorch's page "Start Locally" tells it. Give it as -TorchIndex. Without it, Windows gets the
build for CPUs.

.PARAMETER Python
The Python to begin with; 3.11 or newer.

.PARAMETER TorchIndex
The index that PyTorch is installed from.

.PARAMETER Sample
Also run the sample job: a few steps on the sentences that come with Hansard, offline.

.EXAMPLE
.\scripts\setup_env.ps1 -Sample
#>
[CmdletBinding()]
param(
    [string] $Python = 'python',
    [string] $TorchIndex = '',
    [switch] $Sample
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$root = Split-Path -Parent $PSScriptRoot

function Invoke-Step {
    param([string] $Program, [string[]] $Arguments)
    Write-Output "> $Program $($Arguments -join ' ')"
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) {
        throw "$Program ended with $LASTEXITCODE; nothing that comes after it was done"
    }
}

Push-Location $root
try {
    Invoke-Step $Python @('-c', 'import sys; sys.exit(sys.version_info < (3, 11))')
    $windows = ($PSVersionTable.PSEdition -ne 'Core') -or $IsWindows
    $bin = if ($windows) { '.venv\Scripts' } else { '.venv/bin' }
    $own = Join-Path $bin 'python'
    if (-not (Test-Path -LiteralPath '.venv')) {
        Invoke-Step $Python @('-m', 'venv', '.venv')
    }
    if ($TorchIndex) {
        $torch = (Select-String -LiteralPath 'requirements-train.txt' -Pattern '^torch==').Line
        Invoke-Step $own @('-m', 'pip', 'install', $torch, '--index-url', $TorchIndex)
    }
    Invoke-Step $own @('-m', 'pip', 'install', '-r', 'requirements-train.txt')
    Invoke-Step $own @('-m', 'pip', 'install', '--no-deps', '--no-build-isolation', '-e', '.')

    # the smoke command: PyTorch computes something, on the GPU where there is one
    $smoke = 'import torch; d = ''cuda'' if torch.cuda.is_available() else ''cpu''; ' +
        'assert (torch.ones(8, 8, device=d) @ torch.ones(8, 8, device=d)).sum().item() == 512; ' +
        'print(''torch'', torch.__version__, ''on'', d, torch.version.cuda or ''without CUDA'')'
    Invoke-Step $own @('-c', $smoke)

    if ($Sample) {
        $hansard = Join-Path $bin 'hansard'
        Invoke-Step $own @('deploy/train/sample.py', 'build/sample')
        Invoke-Step $hansard @('data', 'manifest', '--project', 'build/sample')
        Invoke-Step $hansard @('data', 'split', 'build/sample/manifests/run1.jsonl', '--project', 'build/sample')
        Invoke-Step $hansard @('train', 'run', 'build/sample/manifests/splits', '--project', 'build/sample',
            '--run', 'sample', '--fast-dev-run')
    }
    Write-Output "Done. The program is $(Join-Path $bin 'hansard'); it needs no activated environment."
}
finally {
    Pop-Location
}
