//! The WebAssembly engine.
//!
//! Its version is the one of the Spin that this host stands in for: Spin 4.1 has wasmtime 47.0.x. A component
//! can run on one version of the engine and trap on another, and each version has its own bindings of
//! `wasi:http`, so a host with another engine would test something that is never deployed. The version in the
//! workspace's `Cargo.toml` therefore moves when Spin's moves, and not before.

use std::env;

use anyhow::{Context as _, Result, bail};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, Memory, MemoryType,
    PoolingAllocationConfig, Store,
};

/// Instances that may live at the same time, over all components.
const MAX_INSTANCES: u32 = 1000;
/// Memory of an instance, in bytes, that stays mapped for the next instance in its place.
const KEPT_MEMORY: usize = 1 << 20;
/// Spin's variable that demands the pool (`1`) or forbids it (`0`).
const POOLING: &str = "SPIN_WASMTIME_POOLING";
/// The address space of the pool, as a power of two: 1000 memories of 4 GiB.
const POOL_BITS: u32 = 42;
/// A page of memory, as a power of two.
const PAGE_BITS: u32 = 16;

/// An engine for components.
///
/// Its instances come from a pool, so that starting one costs microseconds. Where the pool's address space
/// cannot be reserved (`ulimit -v`, processors with fewer address bits), each is allocated on demand, as in Spin.
///
/// # Errors
/// When the pool is demanded and cannot be reserved, and when the machine cannot run the engine.
pub fn engine() -> Result<Engine> {
    let pooled = match env::var(POOLING).as_deref() {
        Ok("1") => true,
        Ok("0") => false,
        Ok(other) => bail!("{POOLING}={other}: it can be 1 or 0"),
        Err(_) => pool_fits(),
    };
    if !pooled {
        eprintln!("devhost: instances are allocated on demand, not from a pool");
    }
    let mut config = Config::new();
    config
        .wasm_component_model_async(true)
        .allocation_strategy(if pooled {
            InstanceAllocationStrategy::Pooling(pool())
        } else {
            InstanceAllocationStrategy::OnDemand
        });
    Engine::new(&config)
        .map_err(anyhow::Error::from)
        .context("this machine cannot run the WebAssembly engine")
}

/// Whether the address space of the pool can be reserved: tries it with one memory of that size.
fn pool_fits() -> bool {
    let mut config = Config::new();
    config
        .wasm_memory64(true)
        .memory_reservation(1 << POOL_BITS);
    let Ok(engine) = Engine::new(&config) else {
        return false;
    };
    let memory = MemoryType::new64(0, Some(1 << (POOL_BITS - PAGE_BITS)));
    Memory::new(Store::new(&engine, ()), memory).is_ok()
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(MAX_INSTANCES)
        .total_core_instances(MAX_INSTANCES * 4)
        .max_core_instances_per_component(32)
        .total_memories(MAX_INSTANCES)
        .max_memories_per_component(4)
        .total_tables(MAX_INSTANCES * 4)
        .max_tables_per_component(32)
        .table_elements(100_000)
        .max_component_instance_size(16 << 20)
        .max_core_instance_size(16 << 20)
        .total_stacks(MAX_INSTANCES * 4)
        .max_unused_warm_slots(64)
        // Where the kernel can tell which pages an instance wrote, only those are reset.
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(KEPT_MEMORY)
        .table_keep_resident(64 << 10);
    pool
}
