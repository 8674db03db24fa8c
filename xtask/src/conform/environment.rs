//! Python environments for the suites, below the target folder: made once, at fixed versions, nothing global.

use crate::test::process::{Run, target_folder};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program of a package of the Python Package Index, installed if it is not there yet.
pub fn program(name: &str, package: &str) -> Result<PathBuf> {
    let folder = target_folder()?.join("tools").join(name);
    let program = folder.join("bin").join(name);
    if !program.exists() {
        println!("installing {package}");
        must(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        install(&folder, package)?;
    }
    Ok(program)
}

/// As `program`, for what still needs Python 2.7; `virtualenv` can make its environments up to 20.21.
pub fn program_of_python2(name: &str, package: &str) -> Result<PathBuf> {
    let tools = target_folder()?.join("tools");
    let (folder, virtualenv) = (tools.join(name), tools.join("virtualenv"));
    let program = folder.join("bin").join(name);
    if !program.exists() {
        let python = python2()?;
        println!("installing {package}");
        must(Command::new("python3").args(["-m", "venv"]).arg(&virtualenv))?;
        install(&virtualenv, "virtualenv<20.22")?;
        let virtualenv = virtualenv.join("bin/virtualenv");
        must(Command::new(virtualenv).args(["--quiet", "--python"]).arg(python).arg(&folder))?;
        install(&folder, package)?;
    }
    Ok(program)
}

/// Where Python 2.7 is, if `python2.7`, PyPy or pyenv has it.
fn python2() -> Result<PathBuf> {
    for name in ["python2.7", "pypy", "python2"] {
        if let Some(path) =
            said(Command::new(name).args(["-c", "import sys; print(sys.executable)"]))
        {
            return Ok(path);
        }
    }
    let prefix = said(Command::new("pyenv").args(["prefix", "2.7.18"]));
    let prefix = prefix.context("this suite needs Python 2.7: `pyenv install 2.7.18`, or PyPy")?;
    Ok(prefix.join("bin/python2.7"))
}

/// What a command that succeeds prints.
fn said(command: &mut Command) -> Option<PathBuf> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

fn install(folder: &Path, package: &str) -> Result<()> {
    let mut command = Command::new(folder.join("bin/pip"));
    command.args(["install", "--quiet", "--disable-pip-version-check", package]);
    Run::of(command).must_succeed().map(drop)
}

fn must(command: &mut Command) -> Result<()> {
    if !command.status()?.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}
