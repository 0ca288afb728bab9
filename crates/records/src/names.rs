//! Enumerations whose values have names in files.

/// Declares an enumeration whose values have names in files. The first name of a value is written, the others are
/// understood as well.
#[macro_export]
macro_rules! names {
    (
        $(#[$doc:meta])*
        pub enum $Type:ident {
            $($(#[$value_doc:meta])* $Value:ident = $name:literal $(| $other:literal)*,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $Type {
            $($(#[$value_doc])* $Value,)+
        }

        impl $Type {
            /// All values, each in the place of its number.
            pub const ALL: &'static [Self] = &[$(Self::$Value),+];

            /// All names that are written.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The name in files.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Value => $name,)+
                }
            }

            /// The value of a name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name $(| $other)* => Some(Self::$Value),)+
                    _ => None,
                }
            }
        }
    };
}
