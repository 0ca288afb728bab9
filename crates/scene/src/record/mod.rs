//! Nodes as bytes, exactly: what the journal and the spilled history are made of.
//!
//! A *record* says every member of a node, so that what is read back is equal to what was written, bit for bit. It is no
//! file format: only the program that wrote a record, or one with the same [`fingerprint`], can read it. Bulk data (arrays,
//! blocks of label maps, points and cells of meshes, coefficients of warps) stand beside the records as [`Chunk`]s, which
//! are written once however many records share them; see [`Changes`] for how a record names those that did not change.
//!
//! Reading is safe on any bytes: nothing panics, and memory is taken only for what the bytes hold.

mod basic;
mod bulk;
mod changes;
mod chunk;
mod geometry;
mod image;
mod merge;
mod mesh;
mod node;
mod parts;
mod reader;
mod records;
mod segmentation;
mod writer;

pub(crate) use changes::each_chunk;
pub use changes::{Changes, NodeChange};
pub use chunk::{Chunk, ChunkId, ChunkSource, ChunkStore, NoChunks, Shareable, Shared};
pub use merge::Merging;
pub(crate) use merge::{first_free, identity};
pub use reader::{Malformed, Reader};
pub use writer::Writer;

use std::collections::HashSet;

use crate::nodes::Content;

/// A value with an exact binary form.
pub trait Record: Clone {
    /// Writes the value.
    fn put(&self, out: &mut Writer<'_>);

    /// Reads a value.
    ///
    /// # Errors
    /// [`Malformed`] if the bytes are not such a value.
    fn take(input: &mut Reader<'_>) -> Result<Self, Malformed>;

    /// Adds to `out` what the type's form depends on, where that is declared by a macro.
    fn describe(_out: &mut String) {}

    /// Two changes of the value `base` made into one: as a whole, or part by part where a type has parts.
    fn merge(base: &Self, mine: &Self, theirs: &Self, merging: &mut Merging) -> Self {
        merging.whole(base, mine, theirs)
    }

    /// What tells the value from others of its list, if lists of the type merge item by item.
    fn list_name(&self) -> Option<String> {
        None
    }

    /// Gives the value a name in its list that is not among `taken`; `false` if it cannot have another one.
    fn rename_in_list(&mut self, _taken: &mut HashSet<String>) -> bool {
        false
    }
}

/// What identifies the form of records: a program reads those of its own fingerprint only.
pub fn fingerprint() -> ChunkId {
    /// Where forms are written by hand: rather one time too many that they count as changed than once too few.
    const SOURCES: [&str; 10] = [
        include_str!("basic.rs"),
        include_str!("changes.rs"),
        include_str!("geometry.rs"),
        include_str!("image.rs"),
        include_str!("mesh.rs"),
        include_str!("node.rs"),
        include_str!("parts.rs"),
        include_str!("records.rs"),
        include_str!("segmentation.rs"),
        include_str!("writer.rs"),
    ];
    let mut text = format!("{} {}\n", env!("CARGO_PKG_VERSION"), cfg!(target_endian = "big"));
    Content::describe(&mut text);
    text.extend(SOURCES);
    ChunkId::of(text.as_bytes())
}

/// Declares the record of a struct: its members one after the other.
macro_rules! record_struct {
    ($Type:ty { $($member:ident),+ $(,)? } $($more:item)*) => {
        impl $crate::record::Record for $Type {
            fn put(&self, out: &mut $crate::record::Writer<'_>) {
                let Self { $($member),+ } = self;
                $($crate::record::Record::put($member, out);)+
            }

            fn take(
                input: &mut $crate::record::Reader<'_>,
            ) -> Result<Self, $crate::record::Malformed> {
                Ok(Self { $($member: $crate::record::Record::take(input)?,)+ })
            }

            $crate::record::merge_members! { $($member)+ }

            $($more)*
        }
    };
}

/// Declares the record of an enumeration without data: the number of its value.
macro_rules! record_choice {
    ($Type:ty { $($Value:ident),+ $(,)? }) => {
        impl $crate::record::Record for $Type {
            fn put(&self, out: &mut $crate::record::Writer<'_>) {
                const VALUES: &[$Type] = &[$(<$Type>::$Value),+];
                // The match makes a forgotten value an error of compilation.
                let known = match self { $(Self::$Value)|+ => *self };
                let number = VALUES.iter().position(|value| *value == known).unwrap_or_default();
                out.varint(number as u64);
            }

            fn take(
                input: &mut $crate::record::Reader<'_>,
            ) -> Result<Self, $crate::record::Malformed> {
                const VALUES: &[$Type] = &[$(<$Type>::$Value),+];
                let number = input.size()?;
                VALUES.get(number).copied().ok_or_else(|| {
                    $crate::record::Malformed::new(concat!("no such ", stringify!($Type)))
                })
            }
        }
    };
}

/// Declares that a value merges member by member.
macro_rules! merge_members {
    ($($member:ident)*) => {
        fn merge(
            base: &Self,
            mine: &Self,
            theirs: &Self,
            merging: &mut $crate::record::Merging,
        ) -> Self {
            let _ = (base, mine, theirs, &merging);
            Self {
                $($member: $crate::record::Record::merge(
                    &base.$member,
                    &mine.$member,
                    &theirs.$member,
                    merging.member(stringify!($member)),
                ),)*
            }
        }
    };
}

pub(crate) use merge_members;
use {record_choice, record_struct};
