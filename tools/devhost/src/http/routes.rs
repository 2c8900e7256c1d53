//! Which component answers for a path.

use anyhow::{Result, bail};

use crate::manifest::{HttpTrigger, RouteConfig};

/// Paths below it are the host's own.
pub const WELL_KNOWN: &str = "/.well-known/spin/";

/// Stands for the route of a call from another component.
pub const CHAINED: &str = "/...";

/// The public routes of the application.
#[derive(Debug)]
pub struct Router {
    /// Exact ones first, then the longest.
    routes: Vec<Route>,
}

#[derive(Debug)]
struct Route {
    component: String,
    /// As the manifest has it.
    raw: String,
    /// Without slashes at either end.
    path: String,
    /// Whether it stands for everything below `path` too: `/path/...`.
    wildcard: bool,
}

/// A path that a route stands for; what a component is told about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a> {
    pub component: &'a str,
    /// The route as the manifest has it.
    pub raw_route: &'a str,
    /// What the wildcard stands for, with its slash.
    pub path_info: String,
}

impl Router {
    pub fn new(triggers: &[HttpTrigger]) -> Result<Self> {
        let mut routes = Vec::new();
        for trigger in triggers {
            if let RouteConfig::Path(raw) = &trigger.route {
                routes.push(Route::parse(raw, &trigger.component)?);
            }
        }
        routes.sort_by_key(|route| (route.wildcard, usize::MAX - route.path.len()));
        for (index, route) in routes.iter().enumerate() {
            let twin = routes[..index]
                .iter()
                .find(|other| other.path == route.path && other.wildcard == route.wildcard);
            if let Some(twin) = twin {
                bail!(
                    "the route {} is that of {} and of {}",
                    route.raw,
                    twin.component,
                    route.component
                );
            }
        }
        Ok(Self { routes })
    }

    /// The component and the path pattern of each route.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.routes
            .iter()
            .map(|route| (route.component.as_str(), route.raw.as_str()))
    }

    /// The best route for `path`: an exact one, else the longest.
    pub fn find(&self, path: &str) -> Option<Match<'_>> {
        let trimmed = path.trim_matches('/');
        self.routes.iter().find_map(|route| {
            let rest = route.rest_of(trimmed)?;
            Some(Match {
                component: &route.component,
                raw_route: &route.raw,
                path_info: if route.wildcard {
                    path_info(path, rest)
                } else {
                    String::new()
                },
            })
        })
    }
}

/// The wildcard's part of `path`; a slash at the end of the path belongs to it.
fn path_info(path: &str, rest: &str) -> String {
    match (rest.is_empty(), path.ends_with('/')) {
        (true, false) => String::new(),
        (true, true) => "/".to_owned(),
        (false, false) => format!("/{rest}"),
        (false, true) => format!("/{rest}/"),
    }
}

impl Route {
    fn parse(raw: &str, component: &str) -> Result<Self> {
        let (path, wildcard) = match raw.strip_suffix("/...") {
            Some(path) => (path, true),
            None => (raw, false),
        };
        if path.contains("/:") || path.contains('*') || path.contains("...") {
            bail!(
                "the route {raw} of {component} has a placeholder; devhost does exact routes and `/...` at the end only"
            );
        }
        if format!("{path}/").starts_with(WELL_KNOWN) {
            bail!(
                "the route {raw} of {component} is never reached: {WELL_KNOWN} is the host's own"
            );
        }
        Ok(Self {
            component: component.to_owned(),
            raw: raw.to_owned(),
            path: path.trim_matches('/').to_owned(),
            wildcard,
        })
    }

    /// What is left of `path` below the route, if it stands for it.
    fn rest_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        if path == self.path {
            return Some("");
        }
        if !self.wildcard {
            return None;
        }
        if self.path.is_empty() {
            return Some(path);
        }
        path.strip_prefix(self.path.as_str())?.strip_prefix('/')
    }
}

impl<'a> Match<'a> {
    /// A call from another component: it has no route, and all of its path is the component's.
    pub fn chained(component: &'a str, path: &str) -> Self {
        Self {
            component,
            raw_route: CHAINED,
            path_info: path.to_owned(),
        }
    }

    /// The route without a slash at its end.
    pub fn matched_route(&self) -> &str {
        self.raw_route.strip_suffix('/').unwrap_or(self.raw_route)
    }

    /// The route without its wildcard.
    pub fn component_route(&self) -> &str {
        self.raw_route
            .strip_suffix("/...")
            .unwrap_or(self.raw_route)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[(&str, &str)]) -> Result<Router> {
        let triggers: String = routes
            .iter()
            .map(|(route, component)| {
                format!("[[http]]\nroute = {route}\ncomponent = \"{component}\"\n")
            })
            .collect();
        let triggers: crate::manifest::Triggers = toml::from_str(&triggers).unwrap();
        Router::new(&triggers.http)
    }

    fn find(router: &Router, path: &str) -> Option<(String, String)> {
        router
            .find(path)
            .map(|found| (found.component.to_owned(), found.path_info))
    }

    fn found(component: &str, path_info: &str) -> Option<(String, String)> {
        Some((component.to_owned(), path_info.to_owned()))
    }

    #[test]
    fn exact_beats_wildcard_and_the_longest_wins() {
        let router = router(&[
            ("\"/api/...\"", "fallback"),
            ("\"/api/orders/...\"", "order"),
            ("\"/api/orders/exact\"", "exact"),
        ])
        .unwrap();
        assert_eq!(find(&router, "/api/orders/exact"), found("exact", ""));
        assert_eq!(find(&router, "/api/orders/1"), found("order", "/1"));
        assert_eq!(find(&router, "/api/orders"), found("order", ""));
        assert_eq!(find(&router, "/api/orders/"), found("order", "/"));
        assert_eq!(find(&router, "/api/orders/1/2/"), found("order", "/1/2/"));
        assert_eq!(find(&router, "/api/ordersX"), found("fallback", "/ordersX"));
        assert_eq!(find(&router, "/api"), found("fallback", ""));
        assert_eq!(find(&router, "/apis"), None);
        assert_eq!(find(&router, "/"), None);
    }

    #[test]
    fn the_root_and_everything() {
        let router = router(&[("\"/\"", "root"), ("\"/...\"", "all")]).unwrap();
        assert_eq!(find(&router, "/"), found("root", ""));
        assert_eq!(find(&router, "/a/b"), found("all", "/a/b"));
    }

    #[test]
    fn private_routes_are_not_found() {
        let router = router(&[("{ private = true }", "hidden"), ("\"/a\"", "a")]).unwrap();
        assert_eq!(router.routes().count(), 1);
        assert_eq!(find(&router, "/hidden"), None);
    }

    #[test]
    fn twins_placeholders_and_the_hosts_own_paths_are_refused() {
        for routes in [
            &[("\"/a\"", "x"), ("\"/a/\"", "y")][..],
            &[("\"/a/:id\"", "x")],
            &[("\"/a/*\"", "x")],
            &[("\"/.well-known/spin/health\"", "x")],
        ] {
            assert!(router(routes).is_err(), "{routes:?}");
        }
    }

    #[test]
    fn what_a_component_is_told_of_its_route() {
        let router = router(&[("\"/api/orders/...\"", "order")]).unwrap();
        let found = router.find("/api/orders/1").unwrap();
        assert_eq!(found.matched_route(), "/api/orders/...");
        assert_eq!(found.component_route(), "/api/orders");
        let chained = Match::chained("order", "/internal/x");
        assert_eq!(
            (chained.path_info.as_str(), chained.component_route()),
            ("/internal/x", "")
        );
    }
}
