//! Measurements.

use microtome_records::{Code, Measurement};
use serde_json::{Map, Value, json};

use super::members::{Members, floats};
use crate::error::Error;

pub(super) const MEMBER: &str = "measurements";

/// Brings what a markup says of measurements into those that it has anyway, by name; gives back what else is said of them.
pub(super) fn read(
    members: &mut Members<'_>,
    measurements: &mut Vec<Measurement>,
) -> Result<Map<String, Value>, Error> {
    let mut unknown = Map::new();
    for (n, item) in members.list(MEMBER)?.iter().enumerate() {
        let mut item = Members::new(item, format!("{}{MEMBER}[{n}].", members.place()))?;
        let Some(name) = item.text("name").filter(|name| !name.is_empty()) else {
            members.warn(format!("{}{MEMBER}[{n}] has no name; it was left out", members.place()));
            continue;
        };
        let at = measurements.iter().position(|m| m.name == name).unwrap_or_else(|| {
            measurements.push(Measurement { name: name.clone(), enabled: true, ..Measurement::default() });
            measurements.len() - 1
        });
        read_measurement(&mut item, &mut measurements[at]);
        let (rest, warnings) = item.rest();
        members.warn_all(warnings);
        if !rest.is_empty() {
            unknown.insert(name, Value::Object(rest));
        }
    }
    Ok(unknown)
}

fn read_measurement(item: &mut Members<'_>, measurement: &mut Measurement) {
    if let Some(enabled) = item.flag("enabled") {
        measurement.enabled = enabled;
    }
    measurement.value = item.number("value");
    match item.take("units") {
        Some(Value::String(units)) => measurement.units.clone_from(units),
        Some(value) => match code(value) {
            Some(code) => {
                measurement.units.clone_from(&code[0]);
                measurement.units_code = Some(code);
            }
            None => item.warn(format!("{}units is {value}, not a text or a code", item.place())),
        },
        None => {}
    }
    measurement.format = item.text("printFormat");
    measurement.description = item.text("description");
    measurement.quantity = item.code("quantityCode");
    measurement.derivation = item.code("derivationCode");
    measurement.method = item.code("methodCode");
    measurement.per_point = item.take("controlPointValues").and_then(floats);
}

/// Value, scheme, meaning.
fn code(value: &Value) -> Option<Code> {
    let texts = value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned));
    texts.collect::<Option<Vec<_>>>()?.try_into().ok()
}

impl Members<'_> {
    fn code(&mut self, key: &'static str) -> Option<Code> {
        let value = self.take(key)?;
        let found = code(value);
        // An empty list is the schema's way to say that there is none.
        if found.is_none() && !value.as_array().is_some_and(Vec::is_empty) {
            self.warn(format!(
                "{}{key} is not a code of value, scheme and meaning; it was left out",
                self.place()
            ));
        }
        found
    }
}

/// The measurements, each with what else was said of it.
pub(super) fn write(measurements: &[Measurement], unknown: &Map<String, Value>) -> Value {
    let written = measurements.iter().map(|measurement| {
        let mut value = write_measurement(measurement);
        if let Some(Value::Object(rest)) = unknown.get(&measurement.name) {
            for (key, more) in rest {
                value.entry(key.as_str()).or_insert_with(|| more.clone());
            }
        }
        Value::Object(value)
    });
    Value::Array(written.collect())
}

fn write_measurement(measurement: &Measurement) -> Map<String, Value> {
    let mut members = Map::new();
    let mut add = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(key.to_owned(), value);
        }
    };
    add("name", Some(json!(measurement.name)));
    add("enabled", Some(json!(measurement.enabled)));
    add("value", measurement.value.filter(|v| v.is_finite()).map(|v| json!(v)));
    let units = Some(&measurement.units).filter(|units| !units.is_empty());
    let code = measurement.units_code.as_ref().filter(|code| code[0] == measurement.units);
    add("units", code.map(|code| json!(code)).or_else(|| units.map(|units| json!(units))));
    let text = |text: &Option<String>| text.as_ref().filter(|text| !text.is_empty()).map(|text| json!(text));
    add("description", text(&measurement.description));
    add("printFormat", text(&measurement.format));
    add("quantityCode", measurement.quantity.as_ref().map(|code| json!(code)));
    add("derivationCode", measurement.derivation.as_ref().map(|code| json!(code)));
    add("methodCode", measurement.method.as_ref().map(|code| json!(code)));
    let finite = measurement.per_point.as_ref().filter(|values| values.iter().all(|v| v.is_finite()));
    add("controlPointValues", finite.map(|values| json!(values)));
    members
}
