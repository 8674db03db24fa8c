//! What people send, checked property by property in the order of their declaration; the text of a refusal names every
//! property that failed and every rule that it broke, as the old server's validator did.

use super::answer::Failure;
use super::date;
use crate::accounts::{Applicant, normal_email, normal_name};
use crate::limits::{JSON_BODY_BYTES_MAX, NAME_CHARS_MAX, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use houseful_room::Wall;
use houseful_wire::decode::is_too_deep;
use serde_json::{Map, Value};

/// A body's properties: of a JSON object or a form. Whatever else it is has none.
#[derive(Debug, Default)]
pub(super) struct Fields(Map<String, Value>);

/// Who signs in.
pub(super) struct Login {
    pub(super) email: String,
    pub(super) password: String,
}

/// An event as it is to be.
#[derive(Debug)]
pub(super) struct EventForm {
    pub(super) headline: String,
    pub(super) description: String,
    pub(super) start_date: Wall,
    pub(super) location: String,
    pub(super) state: State,
}

/// Who is shown an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Everyone.
    Public,
    /// Those who are invited or follow it.
    Private,
    /// Its owner.
    Draft,
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Fields, Failure> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
        let kind = kind.trim().to_ascii_lowercase();
        let bytes = to_bytes(request.into_body(), JSON_BODY_BYTES_MAX).await;
        let bytes = bytes.map_err(|_| Failure::new(413, "Payload too large."))?;
        match &*kind {
            "application/json" if !bytes.is_empty() => read_json(&bytes),
            "application/x-www-form-urlencoded" => Ok(read_form(&bytes)),
            _ => Ok(Fields::default()),
        }
    }
}

fn read_json(bytes: &[u8]) -> Result<Fields, Failure> {
    let malformed = Failure::new(400, "Malformed JSON.");
    if is_too_deep(bytes) {
        return Err(malformed);
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Ok(Fields(fields)),
        Ok(Value::Array(_)) => Ok(Fields::default()),
        _ => Err(malformed),
    }
}

fn read_form(bytes: &[u8]) -> Fields {
    let pairs = form_urlencoded::parse(bytes).into_owned();
    Fields(pairs.map(|(name, value)| (name, Value::String(value))).collect())
}

impl State {
    /// As it is written.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            State::Public => "public",
            State::Private => "private",
            State::Draft => "draft",
        }
    }

    fn parse(text: &str) -> Option<State> {
        [State::Public, State::Private, State::Draft].into_iter().find(|s| s.as_str() == text)
    }
}

impl Fields {
    /// Somebody who wants an account, by the form of this name.
    pub(super) fn applicant(&self, form: &'static str) -> Result<Applicant, Failure> {
        let mut check = Check::new(form, self);
        let username = check.text("username", |name| match normal_name(name) {
            Some(_) => None,
            None if name.chars().count() > NAME_CHARS_MAX => Some("maxLength"),
            None => Some("isNotEmpty"),
        });
        let email = check.email();
        let password = check.text("password", |password| match password.chars().count() {
            0 => Some("isNotEmpty"),
            count if count < PASSWORD_CHARS_MIN => Some("minLength"),
            count if count > PASSWORD_CHARS_MAX => Some("maxLength"),
            _ => None,
        });
        check.end(Applicant { email, name: username, password })
    }

    /// Somebody who signs in.
    pub(super) fn login(&self) -> Result<Login, Failure> {
        let mut check = Check::new("LoginDto", self);
        let email = check.email();
        let password = check.text("password", not_empty);
        check.end(Login { email, password })
    }

    /// An event.
    pub(super) fn event(&self) -> Result<EventForm, Failure> {
        let mut check = Check::new(EVENT, self);
        let headline = check.text("headline", not_empty);
        let description = check.text("description", not_empty);
        let start_date = check.date("startDate");
        let location = check.text("location", not_empty);
        let state = check.state("state");
        check.end(EventForm { headline, description, start_date, location, state })
    }
}

/// The form that events are made and changed by.
const EVENT: &str = "CreateEventDto";

/// What the event's room does not take, said of the properties of the form.
pub(super) fn not_kept(form: &EventForm, refused: impl Fn(&str) -> bool) -> Failure {
    let text_rule = |text: &str| match text.trim().is_empty() {
        true => "isNotEmpty",
        false if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) => "isString",
        false => "maxLength",
    };
    let properties = [
        ("title", "headline", text_rule(&form.headline)),
        ("description", "description", text_rule(&form.description)),
        ("startsAt", "startDate", "minDate"),
        ("place", "location", text_rule(&form.location)),
    ];
    let wrong = properties.into_iter().filter(|(fact, ..)| refused(fact));
    Failure::invalid(wrong.map(|(_, property, rule)| fault(EVENT, property, &[rule])).collect())
}

/// One rule that one property of a form broke.
pub(super) fn broken(form: &str, property: &str, rule: &str) -> Failure {
    Failure::invalid(fault(form, property, &[rule]))
}

fn fault(form: &str, property: &str, rules: &[&str]) -> String {
    let rules = rules.join(", ");
    format!(
        "An instance of {form} has failed the validation:\n - property {property} has failed the \
         following constraints: {rules} \n"
    )
}

fn not_empty(text: &str) -> Option<&'static str> {
    text.is_empty().then_some("isNotEmpty")
}

/// The check of one form, which goes on after a fault.
struct Check<'a> {
    form: &'static str,
    fields: &'a Fields,
    faults: String,
}

impl<'a> Check<'a> {
    fn new(form: &'static str, fields: &'a Fields) -> Check<'a> {
        Check { form, fields, faults: String::new() }
    }

    fn end<T>(self, read: T) -> Result<T, Failure> {
        if self.faults.is_empty() { Ok(read) } else { Err(Failure::invalid(self.faults)) }
    }

    /// The property's value; `null` is as good as nothing.
    fn value(&self, property: &str) -> Option<&'a Value> {
        self.fields.0.get(property).filter(|value| !value.is_null())
    }

    fn fault(&mut self, property: &str, rules: &[&str]) {
        self.faults.push_str(&fault(self.form, property, rules));
    }

    /// A text, and the rule that it breaks if it breaks one.
    fn text(&mut self, property: &str, rule: impl Fn(&str) -> Option<&'static str>) -> String {
        match self.value(property) {
            Some(Value::String(text)) => {
                if let Some(rule) = rule(text) {
                    self.fault(property, &[rule]);
                }
                text.clone()
            }
            Some(_) => self.missing(property, &["isString"]),
            None => self.missing(property, &["isString", "isNotEmpty"]),
        }
    }

    fn missing(&mut self, property: &str, rules: &[&str]) -> String {
        self.fault(property, rules);
        String::new()
    }

    fn email(&mut self) -> String {
        match self.value("email") {
            Some(Value::String(text)) if text.is_empty() => {
                self.missing("email", &["isEmail", "isNotEmpty"])
            }
            Some(Value::String(text)) if normal_email(text).is_none() => {
                self.missing("email", &["isEmail"])
            }
            Some(Value::String(text)) => text.clone(),
            Some(_) => self.missing("email", &["isEmail", "isString"]),
            None => self.missing("email", &["isEmail", "isString", "isNotEmpty"]),
        }
    }

    fn date(&mut self, property: &str) -> Wall {
        match self.value(property).map(date::read) {
            Some(Some(at)) => return at,
            Some(None) => self.fault(property, &["isDate"]),
            None => self.fault(property, &["isDate", "isNotEmpty"]),
        }
        Wall(0)
    }

    fn state(&mut self, property: &str) -> State {
        let text = self.value(property).map(|value| value.as_str().unwrap_or("?"));
        match text.map(State::parse) {
            Some(Some(state)) => return state,
            Some(None) if text != Some("") => self.fault(property, &["isEnum"]),
            _ => self.fault(property, &["isEnum", "isNotEmpty"]),
        }
        State::Draft
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        read_json(value.to_string().as_bytes()).unwrap()
    }

    fn rules(failure: Failure) -> Vec<String> {
        let text = format!("{failure:?}");
        let lines = text.split("\\n").filter_map(|line| line.strip_prefix(" - property "));
        lines
            .map(|line| line.trim().replace(" has failed the following constraints:", ":"))
            .collect()
    }

    #[test]
    fn every_property_that_is_missing_is_named_with_every_rule() {
        let failure = fields(json!({})).applicant("SignUpDto").map(drop).unwrap_err();
        let text = "An instance of SignUpDto has failed the validation:\n - property username has \
                    failed the following constraints: isString, isNotEmpty \nAn instance of \
                    SignUpDto has failed the validation:\n - property email has failed the \
                    following constraints: isEmail, isString, isNotEmpty \nAn instance of \
                    SignUpDto has failed the validation:\n - property password has failed the \
                    following constraints: isString, isNotEmpty \n";
        assert_eq!(failure, Failure::invalid(text.to_owned()));
        let failure = rules(fields(json!([])).event().unwrap_err());
        assert_eq!(
            failure,
            [
                "headline: isString, isNotEmpty",
                "description: isString, isNotEmpty",
                "startDate: isDate, isNotEmpty",
                "location: isString, isNotEmpty",
                "state: isEnum, isNotEmpty",
            ]
        );
    }

    #[test]
    fn what_is_there_breaks_the_rules_that_it_breaks() {
        let event = json!({ "headline": "", "description": 5, "startDate": "soon", "location": null,
            "state": "open" });
        assert_eq!(
            rules(fields(event).event().unwrap_err()),
            [
                "headline: isNotEmpty",
                "description: isString",
                "startDate: isDate",
                "location: isString, isNotEmpty",
                "state: isEnum",
            ]
        );
        let login = |email: Value| {
            rules(fields(json!({ "email": email, "password": "x" })).login().map(drop).unwrap_err())
        };
        assert_eq!(login(json!("")), ["email: isEmail, isNotEmpty"]);
        assert_eq!(login(json!("ann")), ["email: isEmail"]);
        assert_eq!(login(json!(5)), ["email: isEmail, isString"]);
        let sign_up = |password: &str| {
            let body =
                json!({ "username": "ann", "email": "ann@example.org", "password": password });
            fields(body).applicant("SignUpDto").map(drop)
        };
        assert_eq!(rules(sign_up("").unwrap_err()), ["password: isNotEmpty"]);
        assert_eq!(rules(sign_up("1234567").unwrap_err()), ["password: minLength"]);
        assert!(sign_up("12345678").is_ok());
    }

    #[test]
    fn a_form_is_as_good_as_an_object_and_what_is_malformed_is_neither() {
        let form = read_form(
            b"headline=A+b&description=c%26d&startDate=2026-11-21&location=e&state=draft&x=y",
        );
        let event = form.event().unwrap();
        assert_eq!((&*event.headline, &*event.description), ("A b", "c&d"));
        assert_eq!((event.start_date, event.state), (Wall(1_795_219_200_000), State::Draft));
        for text in ["{", "7", "\"a\"", "null", &"[".repeat(99)] {
            assert_eq!(
                read_json(text.as_bytes()).unwrap_err(),
                Failure::new(400, "Malformed JSON.")
            );
        }
    }
}
