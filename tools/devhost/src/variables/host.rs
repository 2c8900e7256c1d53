//! `spin:variables@3.0.0`: a component reads its own variables.

use std::collections::HashMap;

use wasmtime::component::{Accessor, HasData};

use super::bindings::spin::variables::variables::{Error, Host, HostWithStore};
use super::check_name;

/// The interface's place in a linker.
pub struct Variables;

/// The variables of the component whose instance asks.
pub struct VariablesView<'a> {
    pub component: &'a str,
    pub values: &'a HashMap<String, String>,
}

impl HasData for Variables {
    type Data<'a> = VariablesView<'a>;
}

impl Host for VariablesView<'_> {}

impl<T> HostWithStore<T> for Variables {
    async fn get(
        accessor: &Accessor<T, Self>,
        name: String,
    ) -> wasmtime::Result<Result<String, Error>> {
        Ok(accessor.with(|mut access| access.get().read(&name)))
    }
}

impl VariablesView<'_> {
    fn read(&self, name: &str) -> Result<String, Error> {
        check_name(name).map_err(|error| Error::InvalidName(format!("{name:?}: {error}")))?;
        let undefined = || {
            Error::Undefined(format!(
                "no variable {name:?} for the component {:?}",
                self.component
            ))
        };
        self.values.get(name).cloned().ok_or_else(undefined)
    }
}
