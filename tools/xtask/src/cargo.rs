//! Running cargo, with its progress shown as a step's.

use std::collections::HashSet;
use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use anyhow::{Result, bail};
use cargo_metadata::{Artifact, Message, TargetKind};
use stack::workspace;

use crate::dependencies;
use crate::program;
use crate::terminal::{Step, colours};

/// How much of cargo's own output is shown when it fails without a message of the compiler.
const LAST_LINES: usize = 40;

/// Compiles with cargo (`build`, `clippy`, `test --no-run`) under `step`, which shows how many packages are done.
///
/// # Errors
/// When it fails, with the compiler's messages.
pub fn compile(step: &Step, arguments: &[&str]) -> Result<()> {
    compile_tests(step, arguments).map(drop)
}

/// A program that holds tests.
pub struct TestProgram {
    /// The package and, where there are several, the test target.
    pub name: String,
    pub path: PathBuf,
    /// The folder of its package, in which cargo would run it.
    pub folder: PathBuf,
}

/// As [`compile`]; returns the test programs.
pub fn compile_tests(step: &Step, arguments: &[&str]) -> Result<Vec<TestProgram>> {
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
    if status.success() {
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

/// Runs cargo with its output hidden.
///
/// # Errors
/// When it fails, with its output.
pub fn run_quietly(arguments: &[&str]) -> Result<()> {
    let (status, printed) = program::capture(command(arguments))?;
    if !status.success() {
        bail!(
            "`cargo {}` failed:\n\n{}",
            arguments.join(" "),
            printed.trim_end()
        );
    }
    Ok(())
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

/// Follows cargo's messages; returns what the compiler says, as it would show it itself, and the test programs.
fn read_messages(output: impl Read, total: Option<u64>, step: &Step) -> (String, Vec<TestProgram>) {
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
                programs.extend(test_program(&artifact));
                compiled.insert(artifact.package_id);
                if let Some(total) = total {
                    step.progress(compiled.len() as u64, total);
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
        path: path.into(),
        folder: folder.into(),
    })
}
