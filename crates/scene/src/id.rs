//! Names by which nodes refer to each other.

use std::fmt;
use std::sync::Arc;

/// A node's identifier, unique in its scene: `vtkMRML<class>Node<number>`, as Slicer's files have it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(Arc<str>);

impl NodeId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names one of Slicer's built-in colours or units, which every program has and no scene file holds.
    pub fn is_built_in(&self) -> bool {
        let Some((class, tag)) = self.0.strip_prefix("vtkMRML").and_then(|text| text.split_once("Node"))
        else {
            return false;
        };
        let numbered = tag.bytes().all(|b| b.is_ascii_digit());
        (class == "Unit" || class.ends_with("ColorTable") || class.ends_with("ProceduralColor")) && !numbered
    }
}

impl From<&str> for NodeId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for NodeId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
