//! Reading the marked blocks of a page.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// The pages with procedures, from the root of the repository.
const PAGES: [&str; 2] = ["deploy/README.md", "docs/operations.md"];
const MARK: &str = "<!-- step: ";

/// The marked blocks of all pages.
pub struct Pages(Vec<Block>);

#[derive(Debug, PartialEq, Eq)]
struct Block {
    step: String,
    text: String,
}

impl Pages {
    /// Reads the pages of the repository at `root`. A page that is not there has no blocks.
    ///
    /// # Errors
    /// When a mark is not followed by a shell block.
    pub fn read(root: &Path) -> Result<Self> {
        let mut blocks = Vec::new();
        for page in PAGES {
            let path = root.join(page);
            if !path.exists() {
                continue;
            }
            let text = fs::read_to_string(&path).with_context(|| format!("reading {page}"))?;
            blocks.extend(blocks_of(&text).with_context(|| format!("in {page}"))?);
        }
        Ok(Self(blocks))
    }

    /// The shell text of a step: all its blocks, one after the other.
    ///
    /// # Errors
    /// When no page has it.
    pub fn step(&self, step: &str) -> Result<String> {
        let blocks = self.0.iter().filter(|block| block.step == step);
        let text: String = blocks.map(|block| block.text.as_str()).collect();
        if text.is_empty() {
            bail!(
                "no page has a block `{MARK}{step} -->`; they are read from {}",
                PAGES.join(" and ")
            );
        }
        Ok(text)
    }

    /// The names of the steps that begin with `prefix`, in the order of the pages.
    pub fn steps(&self, prefix: &str) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for block in &self.0 {
            if block.step.starts_with(prefix) && !names.contains(&block.step.as_str()) {
                names.push(&block.step);
            }
        }
        names
    }
}

fn blocks_of(page: &str) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(step) = mark(line) else { continue };
        let begins = lines.find(|line| !line.trim().is_empty());
        if begins.map(str::trim) != Some("```sh") {
            bail!("the mark of the step {step} is not followed by a block of `sh`");
        }
        let mut text = String::new();
        for line in lines.by_ref().take_while(|line| line.trim() != "```") {
            text.push_str(line);
            text.push('\n');
        }
        blocks.push(Block {
            step: step.to_owned(),
            text,
        });
    }
    Ok(blocks)
}

fn mark(line: &str) -> Option<&str> {
    Some(line.trim().strip_prefix(MARK)?.strip_suffix("-->")?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# A page

<!-- step: install -->
```sh
helm install one
```
Text, and a block that no machine runs:
```sh
rm everything
```
  <!-- step: install -->

  ```sh
helm install two
  ```
<!-- step: rotate-key -->
```sh
kubectl get secret
```
";

    #[test]
    fn the_blocks_of_a_step_are_joined() {
        let pages = Pages(blocks_of(PAGE).unwrap());
        assert_eq!(
            pages.step("install").unwrap(),
            "helm install one\nhelm install two\n"
        );
        assert_eq!(pages.steps("rotate-"), ["rotate-key"]);
        let missing = pages.step("restore").unwrap_err().to_string();
        assert!(missing.contains("step: restore"), "{missing}");
    }

    #[test]
    fn a_mark_without_a_block_is_an_error() {
        assert!(blocks_of("<!-- step: install -->\ntext\n").is_err());
    }
}
