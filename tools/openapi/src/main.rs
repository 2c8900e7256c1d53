//! Writes the API document into the repository.

fn main() -> anyhow::Result<()> {
    let file = openapi::file();
    std::fs::write(&file, openapi::document()?)?;
    println!("wrote {}", file.canonicalize()?.display());
    Ok(())
}
