//! Reading an object's fields one by one, and collecting every error.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::web::{problem::FieldError, rule::Rule};

/// An object of the body. For an invalid field an error is collected and a placeholder returned, so the values
/// may be used only after [`crate::web::body::Json::read`] has returned `Ok`.
pub struct Form<'a> {
    members: &'a Map<String, Value>,
    /// The JSON Pointer of this object.
    at: String,
    known: Vec<&'static str>,
    errors: &'a mut Vec<FieldError>,
}

impl<'a> Form<'a> {
    /// Reads `value`, which is at the JSON Pointer `at`; `None` when it is no object.
    pub(crate) fn read<T>(
        value: &'a Value,
        at: &str,
        errors: &'a mut Vec<FieldError>,
        read: impl FnOnce(&mut Form<'_>) -> T,
    ) -> Option<T> {
        let Value::Object(members) = value else {
            errors.push(FieldError {
                pointer: at.to_owned(),
                detail: "Must be an object.".into(),
            });
            return None;
        };
        let mut form = Form {
            members,
            at: at.to_owned(),
            known: Vec::new(),
            errors,
        };
        let value = read(&mut form);
        form.check_unknown();
        Some(value)
    }

    /// A field that must be present.
    pub fn required<T: Default>(&mut self, name: &'static str, rule: impl Rule<Value, T>) -> T {
        self.known.push(name);
        match self.members.get(name) {
            Some(value) => self.check(name, value, rule),
            None => {
                self.add_error(name, "Is missing.");
                T::default()
            }
        }
    }

    /// A field that may be missing or null, which mean the same.
    pub fn optional<T: Default>(
        &mut self,
        name: &'static str,
        rule: impl Rule<Value, T>,
    ) -> Option<T> {
        self.known.push(name);
        match self.members.get(name) {
            None | Some(Value::Null) => None,
            Some(value) => Some(self.check(name, value, rule)),
        }
    }

    /// A field of a PATCH: it may be missing, but not null.
    pub fn patch<T: Default>(
        &mut self,
        name: &'static str,
        rule: impl Rule<Value, T>,
    ) -> Option<T> {
        self.known.push(name);
        let value = self.members.get(name)?;
        Some(self.check(name, value, rule))
    }

    /// A field of a PATCH: it may be missing (`None`) or null (`Some(None)`).
    pub fn patch_nullable<T: Default>(
        &mut self,
        name: &'static str,
        rule: impl Rule<Value, T>,
    ) -> Option<Option<T>> {
        self.known.push(name);
        match self.members.get(name)? {
            Value::Null => Some(None),
            value => Some(Some(self.check(name, value, rule))),
        }
    }

    /// A list of objects that must be present; each object is read with `read`.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        length: RangeInclusive<usize>,
        mut read: impl FnMut(&mut Form<'_>) -> T,
    ) -> Vec<T> {
        self.known.push(name);
        let items = match self.members.get(name) {
            None => {
                self.add_error(name, "Is missing.");
                return Vec::new();
            }
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.add_error(name, "Must be an array.");
                return Vec::new();
            }
        };
        if !length.contains(&items.len()) {
            let (least, most) = length.into_inner();
            self.add_error(name, format!("Must have {least} to {most} entries."));
            return Vec::new();
        }
        let at = format!("{}/{name}", self.at);
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            values.extend(Form::read(
                item,
                &format!("{at}/{index}"),
                self.errors,
                &mut read,
            ));
        }
        values
    }

    /// Adds an error. `path` is relative to this object, such as `items/1/productId`.
    pub fn add_error(&mut self, path: impl std::fmt::Display, detail: impl Into<String>) {
        self.errors.push(FieldError {
            pointer: format!("{}/{path}", self.at),
            detail: detail.into(),
        });
    }

    fn check<T: Default>(&mut self, name: &str, value: &Value, rule: impl Rule<Value, T>) -> T {
        rule(value).unwrap_or_else(|detail| {
            self.add_error(name, detail);
            T::default()
        })
    }

    fn check_unknown(&mut self) {
        let members = self.members;
        for name in members.keys() {
            if !self.known.contains(&name.as_str()) {
                // RFC 6901: in a pointer, `~` is written `~0` and `/` is written `~1`.
                let escaped = name.replace('~', "~0").replace('/', "~1");
                self.add_error(escaped, "Is not a field of this body.");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::web::rule;

    fn errors_of(value: Value, read: impl FnOnce(&mut Form<'_>)) -> Vec<(String, String)> {
        let mut errors = Vec::new();
        Form::read(&value, "", &mut errors, read);
        errors
            .into_iter()
            .map(|error| (error.pointer, error.detail))
            .collect()
    }

    #[test]
    fn every_error_is_collected_with_its_pointer() {
        let body = json!({
            "name": 5,
            "items": [{"quantity": 1}, [], {"quantity": 0, "a/b~c": 1}],
        });
        let found = errors_of(body, |form| {
            form.required("name", rule::text(1..=200));
            form.required("price", rule::integer(1..=10));
            form.list("items", 1..=50, |item| {
                item.required("quantity", rule::integer(1..=1000))
            });
        });
        assert_eq!(
            found,
            [
                ("/name", "Must be a string."),
                ("/price", "Is missing."),
                ("/items/1", "Must be an object."),
                ("/items/2/quantity", "Must be from 1 to 1000."),
                ("/items/2/a~1b~0c", "Is not a field of this body."),
            ]
            .map(|(pointer, detail)| (pointer.to_owned(), detail.to_owned()))
        );
    }

    #[test]
    fn null_means_missing_where_it_is_allowed() {
        let body = json!({"a": null, "b": null, "c": null});
        let found = errors_of(body, |form| {
            assert_eq!(form.optional("a", rule::text(1..=2)), None);
            assert_eq!(form.patch_nullable("b", rule::text(1..=2)), Some(None));
            form.patch("c", rule::text(1..=2));
            assert_eq!(form.patch_nullable("d", rule::text(1..=2)), None);
        });
        assert_eq!(found, [("/c".into(), "Must be a string.".into())]);
    }
}
