//! Reading an object's fields one by one, with every complaint collected.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::web::{problem::FieldError, rule::Rule};

/// An object of the body. A field that is not as it must be is noted, and a placeholder returned
/// in its stead: what was read counts only once [`crate::web::body::Json::read`] returned `Ok`.
pub struct Form<'a> {
    members: &'a Map<String, Value>,
    /// The JSON Pointer of this object.
    at: String,
    known: Vec<&'static str>,
    errors: &'a mut Vec<FieldError>,
}

impl<'a> Form<'a> {
    /// Reads `value`, the object at `at`; `None` when it is none.
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
        form.refuse_unknown();
        Some(value)
    }

    /// A field that must be there.
    pub fn required<T: Default>(&mut self, name: &'static str, rule: impl Rule<Value, T>) -> T {
        self.known.push(name);
        match self.members.get(name) {
            Some(value) => self.check(name, value, rule),
            None => {
                self.refuse(name, "Is missing.");
                T::default()
            }
        }
    }

    /// A field that may be left out, or null, which says the same.
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

    /// A field that a change may leave out, but not null.
    pub fn changed<T: Default>(
        &mut self,
        name: &'static str,
        rule: impl Rule<Value, T>,
    ) -> Option<T> {
        self.known.push(name);
        let value = self.members.get(name)?;
        Some(self.check(name, value, rule))
    }

    /// A field that a change may leave out (`None`), or clear with null (`Some(None)`).
    pub fn cleared<T: Default>(
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

    /// A list of objects that must be there, each read with `read`.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        length: RangeInclusive<usize>,
        mut read: impl FnMut(&mut Form<'_>) -> T,
    ) -> Vec<T> {
        self.known.push(name);
        let items = match self.members.get(name) {
            None => {
                self.refuse(name, "Is missing.");
                return Vec::new();
            }
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.refuse(name, "Must be an array.");
                return Vec::new();
            }
        };
        if !length.contains(&items.len()) {
            let (least, most) = length.into_inner();
            self.refuse(name, format!("Must have {least} to {most} entries."));
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

    /// Notes that something below this object is not as it must be; `path` is relative to it, such
    /// as `items/1/productId`.
    pub fn refuse(&mut self, path: impl std::fmt::Display, detail: impl Into<String>) {
        self.errors.push(FieldError {
            pointer: format!("{}/{path}", self.at),
            detail: detail.into(),
        });
    }

    fn check<T: Default>(&mut self, name: &str, value: &Value, rule: impl Rule<Value, T>) -> T {
        rule(value).unwrap_or_else(|detail| {
            self.refuse(name, detail);
            T::default()
        })
    }

    fn refuse_unknown(&mut self) {
        let members = self.members;
        for name in members.keys() {
            if !self.known.contains(&name.as_str()) {
                // RFC 6901: in a pointer, `~` is written `~0` and `/` is written `~1`.
                let escaped = name.replace('~', "~0").replace('/', "~1");
                self.refuse(escaped, "Is not a field of this body.");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::web::rule;

    fn complaints(value: Value, read: impl FnOnce(&mut Form<'_>)) -> Vec<(String, String)> {
        let mut errors = Vec::new();
        Form::read(&value, "", &mut errors, read);
        errors
            .into_iter()
            .map(|error| (error.pointer, error.detail))
            .collect()
    }

    #[test]
    fn every_complaint_is_collected_with_its_pointer() {
        let body = json!({
            "name": 5,
            "items": [{"quantity": 1}, [], {"quantity": 0, "a/b~c": 1}],
        });
        let found = complaints(body, |form| {
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
    fn null_is_left_out_where_it_may_be() {
        let body = json!({"a": null, "b": null, "c": null});
        let found = complaints(body, |form| {
            assert_eq!(form.optional("a", rule::text(1..=2)), None);
            assert_eq!(form.cleared("b", rule::text(1..=2)), Some(None));
            form.changed("c", rule::text(1..=2));
            assert_eq!(form.cleared("d", rule::text(1..=2)), None);
        });
        assert_eq!(found, [("/c".into(), "Must be a string.".into())]);
    }
}
