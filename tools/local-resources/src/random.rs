use anyhow::{Result, anyhow};

/// `bytes` bytes from the operating system's generator, as lower-case hexadecimal digits: a password or a token
/// that needs no quoting anywhere.
pub fn random_hex(bytes: usize) -> Result<String> {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer)
        .map_err(|error| anyhow!("the system gives no random bytes: {error}"))?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}
