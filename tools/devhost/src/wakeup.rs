//! One difference between this engine and Spin 4.1's, taken out before compiling.
//!
//! The SDK's `wit-bindgen` lets a task of an instance wake another through a `stream` without a payload.
//! When the task is woken otherwise, it cancels its read of that stream while the stream is still among
//! those it waits for. The component model has since come to forbid that in a synchronous call; Spin 4.1's
//! engine still allows it, this one traps (<https://github.com/bytecodealliance/wasmtime/pull/13708>).
//! Asynchronously it remains allowed, and there it does the same: both ends of that stream are the
//! instance's own, so cancelling never has to wait. So these calls, and no others, are made asynchronous.

use anyhow::Result;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentDefinedType};
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, Parser, Payload, Validator, WasmFeatures};

/// Where `stream.cancel-read` says whether it is asynchronous: its last byte.
const SYNCHRONOUS: u8 = 0;
const ASYNCHRONOUS: u8 = 1;

/// Makes the synchronous `stream.cancel-read` of streams without a payload asynchronous.
pub fn allow_cancelling(wasm: &mut [u8]) -> Result<()> {
    for flag in synchronous_cancels(wasm)? {
        if let Some(byte) = wasm.get_mut(flag).filter(|byte| **byte == SYNCHRONOUS) {
            *byte = ASYNCHRONOUS;
        }
    }
    Ok(())
}

/// The positions of the flags to change.
fn synchronous_cancels(wasm: &[u8]) -> Result<Vec<usize>> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut flags = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        validator.payload(&payload)?;
        let (Payload::ComponentCanonicalSection(functions), Some(types)) =
            (payload, validator.types(0))
        else {
            continue;
        };
        let end = functions.range().end;
        let functions: Vec<_> = functions
            .into_iter_with_offsets()
            .collect::<Result<_, _>>()?;
        for (index, (_, function)) in functions.iter().enumerate() {
            let next = functions.get(index + 1).map_or(end, |(start, _)| *start);
            if let CanonicalFunction::StreamCancelRead { ty, async_: false } = function
                && has_no_payload(types, *ty)
            {
                flags.push(next - 1);
            }
        }
    }
    Ok(flags)
}

fn has_no_payload(types: TypesRef<'_>, stream: u32) -> bool {
    match types.component_any_type_at(stream) {
        ComponentAnyTypeId::Defined(id) => {
            matches!(types[id], ComponentDefinedType::Stream { ty: None, .. })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(type (stream))`, `(type (stream u8))`, and a synchronous `stream.cancel-read` of each.
    const COMPONENT: &[u8] = &[
        0, b'a', b's', b'm', 0x0d, 0, 1, 0, // a component
        7, 6, 2, 0x66, 0, 0x66, 1, 0x7d, // its types
        8, 7, 2, 0x11, 0, 0, 0x11, 1, 0, // its canonical functions
    ];

    #[test]
    fn only_the_stream_without_a_payload_is_changed() {
        let mut component = COMPONENT.to_vec();
        allow_cancelling(&mut component).unwrap();
        let changed: Vec<_> = (0..COMPONENT.len())
            .filter(|at| component[*at] != COMPONENT[*at])
            .collect();
        assert_eq!(changed, [COMPONENT.len() - 4]);
        assert_eq!(component[COMPONENT.len() - 4], ASYNCHRONOUS);
        let once = component.clone();
        allow_cancelling(&mut component).unwrap();
        assert_eq!(component, once);
    }

    #[test]
    fn what_is_no_component_is_an_error() {
        assert!(allow_cancelling(&mut b"\0asm nothing".to_vec()).is_err());
    }
}
