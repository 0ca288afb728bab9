//! What every command does to open a path.

use std::path::Path;

use microtome_scene::NodeId;
use microtome_workbench::{Workbench, is_scene};

use crate::cli::Common;
use crate::failure::Failure;

/// Opens a path and prints the warnings, each with the node that it is about where there are several.
pub(crate) fn open(workbench: &mut Workbench, path: &Path, common: &Common) -> Result<Vec<NodeId>, Failure> {
    let openings = workbench.open(path, &common.open_options())?;
    let shown = path.display();
    openings.warnings.iter().for_each(|w| common.warn(&format!("{shown}: {w}")));
    let several = openings.nodes.len() > 1 || is_scene(path);
    for opening in &openings.nodes {
        let name = &workbench.node(&opening.id)?.name;
        let place = if several { format!("{shown}: \"{name}\"") } else { shown.to_string() };
        opening.warnings.iter().for_each(|w| common.warn(&format!("{place}: {w}")));
    }
    Ok(openings.nodes.into_iter().map(|opening| opening.id).collect())
}
