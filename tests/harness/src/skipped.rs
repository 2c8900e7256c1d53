//! Tests that are skipped because the host cannot do what they need: they are named and counted.

use std::{
    env,
    fmt::{self, Display},
    io::{self, Write},
    sync::{Mutex, Once, PoisonError},
};

/// The skipped tests of this process.
static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Why a test cannot run on this host.
#[derive(Debug, Clone)]
pub struct Unavailable(String);

impl Unavailable {
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The value of a `Result<_, Unavailable>`. Where it is not available, ends the test as skipped.
#[macro_export]
macro_rules! require {
    ($available:expr) => {
        match $available {
            Ok(value) => value,
            Err(unavailable) => {
                fn here() {}
                let test = $crate::skipped::test_name(::std::any::type_name_of_val(&here));
                $crate::skipped::record(&test, &unavailable);
                return;
            }
        }
    };
}

/// The name of the test that an item defined inside of it belongs to.
pub fn test_name(item: &str) -> String {
    let path = item.strip_suffix("::here").unwrap_or(item);
    let path = path.replace("::{{closure}}", "");
    path.split_once("::")
        .map_or(path.clone(), |(_, name)| name.to_owned())
}

/// Counts a test as skipped. The process prints how many there were, and their names, when it ends.
pub fn record(test: &str, unavailable: &Unavailable) {
    eprintln!("skipped: {unavailable}");
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    names.push(test.to_owned());
    static REPORT: Once = Once::new();
    // SAFETY: `report` is a function of the program, and it does not unwind.
    REPORT.call_once(|| unsafe {
        libc::atexit(report);
    });
}

/// Prints one line. Not with `eprintln!`, whose output libtest shows only for failed tests.
extern "C" fn report() {
    let names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = writeln!(io::stderr(), "{}", summary(&host_name(), &names));
}

/// The line that reports skipped tests.
pub fn summary(host: &str, names: &[String]) -> String {
    format!("skipped on {host}: {} ({})", names.len(), names.join(", "))
}

/// The host as `ZAKAZ_HOST` names it, with a capital.
fn host_name() -> String {
    match env::var("ZAKAZ_HOST").as_deref() {
        Ok("spin") => "Spin".to_owned(),
        Err(_) | Ok("" | "devhost") => "devhost".to_owned(),
        Ok(other) => other.to_owned(),
    }
}
