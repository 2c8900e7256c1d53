//! The entry point of a component.

/// Makes the crate a component: answers Spin's requests for `$domain` with the routes that `$routes` returns,
/// an `async fn() -> Result<axum::Router, ConfigError>`.
///
/// The crate needs `spin-sdk` and `http` as dependencies. On other targets than wasm nothing is defined.
#[macro_export]
macro_rules! component {
    ($domain:expr, $routes:path) => {
        #[cfg(target_family = "wasm")]
        #[::spin_sdk::http_service]
        async fn handle(
            request: ::spin_sdk::http::Request,
        ) -> ::http::Response<::spin_sdk::http::BoxBody> {
            static APP: $crate::App =
                $crate::App::new($domain, || ::std::boxed::Box::pin($routes()));
            APP.serve(request).await
        }
    };
}
