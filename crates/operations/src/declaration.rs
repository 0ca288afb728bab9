//! What an operation says about itself.

use serde_json::{Map, Value as Json, json};

use crate::example::Example;
use crate::value::DataKind;

/// Everything that a face needs to offer an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// Kebab-case name, as in `microtome run NAME`.
    pub name: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// The family it belongs to.
    pub category: &'static str,
    /// What it does, in plain sentences.
    pub description: String,
    /// What it works on.
    pub inputs: Vec<Input>,
    /// What can be set.
    pub parameters: Vec<Parameter>,
    /// What it makes.
    pub outputs: Vec<Output>,
    /// Numbers that it finds.
    pub values: Vec<Value>,
    /// What it makes of a few voxels.
    pub example: Example,
}

/// Data that an operation works on.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Kebab-case name.
    pub name: String,
    /// What kind of data.
    pub kind: DataKind,
    /// Whether it must be given.
    pub required: bool,
    /// What it is for.
    pub description: String,
}

/// Something that can be set.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Kebab-case name.
    pub name: String,
    /// What values it takes.
    pub kind: ParameterType,
    /// The unit of numbers, if they have one.
    pub unit: Option<&'static str>,
    /// The value when nothing is said; null where "nothing" is itself the default.
    pub default: Json,
    /// The least number allowed.
    pub minimum: Option<f64>,
    /// The greatest number allowed.
    pub maximum: Option<f64>,
    /// What it does.
    pub description: String,
}

/// The values that a parameter takes.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterType {
    /// A real number.
    Number,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// Text.
    Text,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// Several real numbers.
    Numbers(usize),
    /// Several whole numbers.
    Integers(usize),
    /// Any number of real numbers.
    NumberList,
    /// Any number of whole numbers.
    IntegerList,
    /// Any number of texts.
    TextList,
    /// Any number of positions in RAS millimetres.
    Points,
}

impl ParameterType {
    /// The name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Text => "string",
            Self::Choice(_) => "choice",
            Self::Numbers(_) => "number-vector",
            Self::Integers(_) => "integer-vector",
            Self::NumberList => "number-list",
            Self::IntegerList => "integer-list",
            Self::TextList => "string-list",
            Self::Points => "points",
        }
    }
}

/// Data that an operation makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Kebab-case name.
    pub name: String,
    /// What kind of data.
    pub kind: DataKind,
    /// What it is.
    pub description: String,
}

/// A number or text that an operation finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Kebab-case name.
    pub name: String,
    /// What values it has.
    pub kind: ParameterType,
    /// What it is.
    pub description: String,
}

impl Declaration {
    /// The first sentence of the description.
    pub fn summary(&self) -> &str {
        let paragraph = self.description.lines().next().unwrap_or_default();
        paragraph.find(". ").map_or(paragraph, |end| &paragraph[..=end])
    }

    /// The declaration as one JSON object.
    pub fn to_json(&self) -> Json {
        let inputs: Vec<Json> = self.inputs.iter().map(|i| {
            json!({"name": i.name, "kind": i.kind.name(), "required": i.required, "description": i.description})
        }).collect();
        let outputs: Vec<Json> = self
            .outputs
            .iter()
            .map(|o| json!({"name": o.name, "kind": o.kind.name(), "description": o.description}))
            .collect();
        let values: Vec<Json> = self
            .values
            .iter()
            .map(|v| json!({"name": v.name, "type": v.kind.name(), "description": v.description}))
            .collect();
        let parameters: Vec<Json> = self.parameters.iter().map(Parameter::to_json).collect();
        json!({
            "name": self.name,
            "title": self.title,
            "category": self.category,
            "description": self.description,
            "inputs": inputs,
            "parameters": parameters,
            "outputs": outputs,
            "values": values,
            "example": self.example.to_json(),
        })
    }

    /// The parameters as a JSON Schema (2020-12) of one object.
    pub fn schema(&self) -> Json {
        let properties: Map<String, Json> =
            self.parameters.iter().map(|p| (p.name.clone(), p.schema())).collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.title,
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        })
    }
}

impl Parameter {
    fn to_json(&self) -> Json {
        let mut object = Map::new();
        object.insert("name".into(), self.name.as_str().into());
        object.insert("type".into(), self.kind.name().into());
        if let Some(unit) = self.unit {
            object.insert("unit".into(), unit.into());
        }
        match self.kind {
            ParameterType::Choice(words) => drop(object.insert("choices".into(), json!(words))),
            ParameterType::Numbers(n) | ParameterType::Integers(n) => {
                drop(object.insert("length".into(), n.into()))
            }
            _ => {}
        }
        object.insert("default".into(), self.default.clone());
        for (name, bound) in [("minimum", self.minimum), ("maximum", self.maximum)] {
            if let Some(bound) = bound {
                object.insert(name.into(), bound.into());
            }
        }
        object.insert("description".into(), self.description.as_str().into());
        Json::Object(object)
    }

    fn schema(&self) -> Json {
        let bounded = |base: &str| {
            let mut object = Map::from_iter([("type".to_owned(), Json::from(base))]);
            for (name, bound) in [("minimum", self.minimum), ("maximum", self.maximum)] {
                if let Some(bound) = bound {
                    object.insert(name.into(), bound.into());
                }
            }
            Json::Object(object)
        };
        let vector = |base: &str, n: usize| json!({"type": "array", "items": bounded(base), "minItems": n, "maxItems": n});
        let schema = match self.kind {
            ParameterType::Number => bounded("number"),
            ParameterType::Integer => bounded("integer"),
            ParameterType::Boolean => json!({"type": "boolean"}),
            ParameterType::Text => json!({"type": "string"}),
            ParameterType::Choice(words) => json!({"enum": words}),
            ParameterType::Numbers(n) => vector("number", n),
            ParameterType::Integers(n) => vector("integer", n),
            ParameterType::NumberList => json!({"type": "array", "items": bounded("number")}),
            ParameterType::IntegerList => json!({"type": "array", "items": bounded("integer")}),
            ParameterType::TextList => json!({"type": "array", "items": {"type": "string"}}),
            ParameterType::Points => json!({"type": "array", "items": vector("number", 3)}),
        };
        let mut object = match (&self.default, schema) {
            (Json::Null, schema) => Map::from_iter([("anyOf".to_owned(), json!([schema, {"type": "null"}]))]),
            (_, Json::Object(object)) => object,
            (_, other) => Map::from_iter([("allOf".to_owned(), json!([other]))]),
        };
        object.insert("default".into(), self.default.clone());
        object.insert("description".into(), self.description.as_str().into());
        Json::Object(object)
    }
}
