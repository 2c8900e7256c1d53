//! Which component serves a path; `routefinder` decides, as in Spin.

use std::borrow::Cow;

use anyhow::{Result, anyhow, bail};

use crate::manifest::{HttpTrigger, RouteConfig};

/// Paths below it are the host's own.
pub const WELL_KNOWN: &str = "/.well-known/spin/";

/// Stands for the route of a call from another component.
const CHAINED: &str = "/...";

/// The public routes of the application.
#[derive(Debug)]
pub struct Router(routefinder::Router<Route>);

#[derive(Debug)]
struct Route {
    component: String,
    /// As the manifest has it.
    raw: String,
}

/// A route that matches a path.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a> {
    pub component: &'a str,
    /// The route as the manifest has it.
    pub raw_route: &'a str,
    /// Whether another component calls, which needs no route.
    pub chained: bool,
    /// What the wildcard at the route's end stands for, with its slash.
    pub path_info: String,
    /// What each placeholder (`:id`) stands for, by name.
    pub placeholders: Vec<(String, String)>,
}

impl Router {
    /// # Errors
    /// When a route is malformed, or is never reached: two components have it, or the host itself.
    pub fn new(triggers: &[HttpTrigger]) -> Result<Self> {
        let mut router = routefinder::Router::<Route>::new();
        for trigger in triggers {
            let RouteConfig::Path(raw) = &trigger.route else {
                continue;
            };
            let component = &trigger.component;
            let pattern = pattern(raw);
            if format!("{pattern}/").starts_with(WELL_KNOWN) {
                bail!(
                    "the route {raw} of {component} is never reached: {WELL_KNOWN} is the host's own"
                );
            }
            let spec: routefinder::RouteSpec = pattern
                .as_ref()
                .try_into()
                .map_err(|error: String| anyhow!("the route {raw} of {component}: {error}"))?;
            if let Some((_, twin)) = router.iter().find(|(other, _)| **other == spec) {
                bail!(
                    "the route {raw} is that of {} and of {component}",
                    twin.component
                );
            }
            let route = Route {
                component: component.clone(),
                raw: raw.clone(),
            };
            router.add(spec, route).map_err(|never| match never {})?;
        }
        Ok(Self(router))
    }

    /// The component and the path pattern of each route.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(_, route)| (route.component.as_str(), route.raw.as_str()))
    }

    /// The best route for `path`: an exact one, else the most specific.
    pub fn find(&self, path: &str) -> Option<Match<'_>> {
        let found = self.0.best_match(path)?;
        let captures = found.captures();
        let route = found.handler();
        let placeholders = captures
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Some(Match {
            component: &route.component,
            raw_route: &route.raw,
            chained: false,
            path_info: captures
                .wildcard()
                .map(|rest| path_info(path, rest))
                .unwrap_or_default(),
            placeholders: placeholders.collect(),
        })
    }
}

/// A route in `routefinder`'s terms.
fn pattern(raw: &str) -> Cow<'_, str> {
    match raw.strip_suffix("/...") {
        Some(path) => format!("{path}/*").into(),
        None => raw.strip_suffix('/').unwrap_or(raw).into(),
    }
}

/// The wildcard's part of `path`. As in Spin, a slash at the end of the path belongs to it.
fn path_info(path: &str, rest: &str) -> String {
    match (rest.is_empty(), path.ends_with('/')) {
        (true, false) => String::new(),
        (true, true) => "/".to_owned(),
        (false, false) => format!("/{rest}"),
        (false, true) => format!("/{rest}/"),
    }
}

impl<'a> Match<'a> {
    /// A call from another component: all of its path is the component's.
    pub fn chained(component: &'a str, path: &str) -> Self {
        Self {
            component,
            raw_route: CHAINED,
            chained: true,
            path_info: path.to_owned(),
            placeholders: Vec::new(),
        }
    }

    /// The route by which a client came; `None` for a call from another component.
    pub fn public_route(&self) -> Option<&str> {
        (!self.chained).then_some(self.raw_route)
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
    fn routes_that_are_malformed_or_never_reached_are_refused() {
        for routes in [
            &[("\"/a\"", "x"), ("\"/a/\"", "y")][..],
            &[("\"/a/...\"", "x"), ("\"/a/*\"", "y")],
            &[("\"/a/*rest\"", "x")],
            &[("\"/.well-known/spin/health\"", "x")],
        ] {
            assert!(router(routes).is_err(), "{routes:?}");
        }
    }

    #[test]
    fn a_placeholder_stands_for_one_part_of_the_path() {
        let router = router(&[("\"/a/:id/b\"", "one"), ("\"/a/:id/...\"", "rest")]).unwrap();
        let found = router.find("/a/7/b").unwrap();
        assert_eq!(found.component, "one");
        assert_eq!(found.placeholders, [("id".to_owned(), "7".to_owned())]);
        let found = router.find("/a/7/c/d").unwrap();
        assert_eq!(
            (found.component, found.path_info.as_str()),
            ("rest", "/c/d")
        );
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
