//! Running cargo, with its progress shown as a step's.

use std::collections::HashSet;
use std::env::{self, consts::EXE_SUFFIX};
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::thread;

use anyhow::{Context, Result, bail};
use cargo_metadata::{Artifact, Message, TargetKind};
use stack::workspace;

use crate::dependencies;
use crate::program;
use crate::terminal::{Step, colours};

/// How much of cargo's own output is shown when it fails without a message of the compiler.
const LAST_LINES: usize = 40;

/// Clippy's compiler, once programs for this machine are compiled by it.
static CLIPPY: OnceLock<PathBuf> = OnceLock::new();

/// From now on the members of this workspace are compiled for this machine by Clippy's compiler, and a warning is an
/// error. Otherwise Clippy reads all dependencies once more than the compiler does: minutes, where nothing is compiled
/// yet. What is tested then is not optimised between the compiler's front end and LLVM, which tests do not notice.
///
/// # Errors
/// When this Rust has no Clippy.
pub fn compile_by_clippy() -> Result<()> {
    let output = Command::new("rustc")
        .args(["--print", "sysroot"])
        .current_dir(workspace::root())
        .output()
        .context("running rustc; install Rust from https://rustup.rs")?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let driver = folder
        .join("bin")
        .join(format!("clippy-driver{EXE_SUFFIX}"));
    if !driver.is_file() {
        bail!("this Rust has no Clippy; `rustup component add clippy` adds it");
    }
    CLIPPY.get_or_init(|| driver);
    Ok(())
}

/// Compiles with cargo (`build`, `clippy`, `test --no-run`) under `step`, which shows how many packages are done.
///
/// # Errors
/// When it fails, with the compiler's messages.
pub fn compile(step: &Step, arguments: &[&str]) -> Result<()> {
    executables(step, arguments).map(drop)
}

/// Builds a program of this workspace, and returns the command that runs it in the workspace's folder.
///
/// All members are selected, whatever the program needs: with another selection cargo would choose other features of
/// their dependencies, and compile those again for the tests.
///
/// # Errors
/// When it cannot be built, with the compiler's messages.
pub fn program(step: &Step, name: &str) -> Result<Command> {
    let built = executables(step, &["build", "--workspace", "--bin", name])?;
    let path = built
        .into_iter()
        .find(|artifact| artifact.target.name == name)
        .and_then(|artifact| artifact.executable)
        .with_context(|| format!("cargo has built no program {name}"))?;
    let mut command = Command::new(path);
    command.current_dir(workspace::root());
    Ok(command)
}

/// A program that holds tests.
#[derive(Clone)]
pub struct TestProgram {
    /// The package and, where there are several, the test target.
    pub name: String,
    /// The test target, or the library or program whose tests these are.
    pub target: String,
    pub path: PathBuf,
    /// The folder of its package, in which cargo would run it.
    pub folder: PathBuf,
}

/// As [`compile`]; returns the test programs, in the order of their names.
pub fn compile_tests(step: &Step, arguments: &[&str]) -> Result<Vec<TestProgram>> {
    let built = executables(step, arguments)?;
    let mut programs: Vec<TestProgram> = built.iter().filter_map(test_program).collect();
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

/// As [`compile`]; returns what can be run.
fn executables(step: &Step, arguments: &[&str]) -> Result<Vec<Artifact>> {
    let format = match colours() {
        true => "--message-format=json-diagnostic-rendered-ansi",
        false => "--message-format=json",
    };
    let Some((subcommand, rest)) = arguments.split_first() else {
        bail!("no cargo command is given");
    };
    let command = command(&[&[*subcommand, format], rest].concat());
    let total = dependencies::count(arguments);
    let (status, ((messages, programs), lines)) = program::read(command, |output| {
        thread::scope(|scope| {
            let lines = scope.spawn(|| note_lines(output.stderr, step));
            let messages = read_messages(output.stdout, total, step);
            (messages, lines.join().unwrap_or_default())
        })
    })?;
    if status.success() && (messages.is_empty() || CLIPPY.get().is_none()) {
        return Ok(programs);
    }
    let shown = if messages.is_empty() {
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    } else {
        messages
    };
    bail!(
        "`cargo {}` failed:\n\n{}",
        arguments.join(" "),
        shown.trim_end()
    )
}

/// Builds a program of this workspace, and runs it with its output shown.
pub fn run(name: &'static str, arguments: &[String]) -> Result<()> {
    let step = Step::begin(name);
    let mut command = program(&step, name)?;
    step.done("built");
    command.args(arguments);
    program::show(name, command)
}

/// Runs cargo with its output hidden.
///
/// # Errors
/// When it fails, with its output.
pub fn run_quietly(arguments: &[&str]) -> Result<()> {
    let what = format!("`cargo {}`", arguments.join(" "));
    program::run_quietly(&what, command(arguments))
}

/// Runs cargo with its output shown as it is. `what` names it in an error; `environment` is added to the variables.
pub fn show(what: &str, arguments: &[&str], environment: &[(String, String)]) -> Result<()> {
    let mut command = command(arguments);
    command.envs(environment.iter().cloned());
    program::show(what, command)
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(workspace::root());
    let has_its_own = arguments.contains(&"clippy") || arguments.contains(&"--target");
    if let Some(driver) = CLIPPY.get().filter(|_| !has_its_own) {
        command.env("RUSTC_WORKSPACE_WRAPPER", driver);
    }
    // `cargo run` describes this package to its program; the next cargo must not take that for its own.
    for (name, _) in env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Shows each line as the step's note; returns them all.
fn note_lines(output: impl Read, step: &Step) -> Vec<String> {
    let lines = BufReader::new(output).lines().map_while(Result::ok);
    lines.inspect(|line| step.note(line.trim())).collect()
}

/// Follows cargo's messages; returns what the compiler says, as it would show it itself, and what can be run.
fn read_messages(output: impl Read, total: Option<u64>, step: &Step) -> (String, Vec<Artifact>) {
    let (mut shown, mut programs) = (String::new(), Vec::new());
    let mut compiled = HashSet::new();
    for message in Message::parse_stream(BufReader::new(output)).map_while(Result::ok) {
        match message {
            Message::CompilerMessage(message) => {
                shown.push_str(&message.message.rendered.unwrap_or_default());
            }
            Message::CompilerArtifact(artifact)
                if artifact.target.kind != [TargetKind::CustomBuild] =>
            {
                compiled.insert(artifact.package_id.clone());
                if let Some(total) = total {
                    step.progress(compiled.len() as u64, total);
                }
                if artifact.executable.is_some() {
                    programs.push(artifact);
                }
            }
            _ => {}
        }
    }
    (shown, programs)
}

fn test_program(artifact: &Artifact) -> Option<TestProgram> {
    let path = artifact
        .executable
        .as_ref()
        .filter(|_| artifact.profile.test)?;
    let folder = artifact.manifest_path.parent()?;
    let (package, target) = (folder.file_name()?, &artifact.target.name);
    let name = match package == target {
        true => package.to_owned(),
        false => format!("{package}, {target}"),
    };
    Some(TestProgram {
        name,
        target: target.clone(),
        path: path.into(),
        folder: folder.into(),
    })
}
