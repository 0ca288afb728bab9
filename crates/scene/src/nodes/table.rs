//! Tables, texts and plots.

use microtome_records as records;

use super::views::AbstractView;
use crate::fields::{names, node_type};

node_type! {
    /// A table of named columns.
    pub struct Table {
        /// The columns.
        table: records::Table;
        /// Whether it is locked against edits.
        locked: bool = false, "locked";
        /// Whether the first column names the rows.
        first_column_is_row_header: bool = false, "useFirstColumnAsRowHeader";
        /// Whether columns are headed by their names.
        titles_are_column_headers: bool = false, "useColumnTitleAsColumnHeader";
    }
}

impl From<records::Table> for Table {
    fn from(table: records::Table) -> Self {
        Self { table, ..Self::default() }
    }
}

node_type! {
    /// A view of a table, given by the role `table`.
    pub struct TableView: view {
        /// What all views have.
        view: AbstractView;
    }
}

node_type! {
    /// A text.
    pub struct Text {
        /// The text.
        text: String;
        /// Its encoding by number: 1 for US-ASCII, 3 for UTF-8.
        encoding: i64 = 3, "encoding";
    }
}

node_type! {
    /// A chart of series, given by the role `plotSeries`.
    pub struct PlotChart {
        /// What is written above.
        title: Option<String>, "title";
        /// Its size, points.
        title_font_size: i64 = 20, "titleFontSize";
        /// Whether it is shown.
        title_visibility: bool = true, "titleVisibility";
        /// Whether there are grid lines.
        grid_visibility: bool = true, "gridVisibility";
        /// Whether there is a legend.
        legend_visibility: bool = true, "legendVisibility";
        /// Its size, points.
        legend_font_size: i64 = 16, "legendFontSize";
        /// Whether the range along x is found from the data.
        x_range_auto: bool = true, "xAxisRangeAuto";
        /// Whether the range along y is found from the data.
        y_range_auto: bool = true, "yAxisRangeAuto";
        /// The range along x by hand.
        x_range: [f64; 2] = [0.0, 1.0], "xAxisRange";
        /// The range along y by hand.
        y_range: [f64; 2] = [0.0, 1.0], "yAxisRange";
        /// Whether x is logarithmic.
        x_log: bool = false, "xAxisLogScale";
        /// Whether y is logarithmic.
        y_log: bool = false, "yAxisLogScale";
        /// What is written along x.
        x_title: Option<String>, "xAxisTitle";
        /// Whether it is shown.
        x_title_visibility: bool = true, "xAxisTitleVisibility";
        /// What is written along y.
        y_title: Option<String>, "yAxisTitle";
        /// Whether it is shown.
        y_title_visibility: bool = true, "yAxisTitleVisibility";
        /// Size of what is written along the axes, points.
        axis_title_font_size: i64 = 16, "axisTitleFontSize";
        /// Size of the numbers, points.
        axis_label_font_size: i64 = 12, "axisLabelFontSize";
        /// The font.
        font: String = "Arial".to_owned(), "fontType";
        /// Whether points can be dragged along x.
        move_along_x: bool = false, "enablePointMoveAlongX";
        /// Whether points can be dragged along y.
        move_along_y: bool = false, "enablePointMoveAlongY";
    }
}

names! {
    /// How a series is drawn.
    pub enum PlotType {
        /// A line over the row number.
        Line = "Line",
        /// Bars.
        Bar = "Bar",
        /// Points of two columns.
        #[default]
        Scatter = "Scatter",
        /// Bars at a column's values.
        ScatterBar = "ScatterBar",
    }
}

names! {
    /// The sign at a point of a series.
    pub enum PlotMarker {
        /// None.
        None = "none",
        /// ×.
        Cross = "cross",
        /// +.
        Plus = "plus",
        /// A square.
        #[default]
        Square = "square",
        /// A circle.
        Circle = "circle",
        /// A rhomb.
        Diamond = "diamond",
    }
}

names! {
    /// The line between the points of a series.
    pub enum PlotLine {
        /// None.
        None = "none",
        /// Unbroken.
        #[default]
        Solid = "solid",
        /// Dashes.
        Dash = "dash",
        /// Dots.
        Dot = "dot",
        /// Dashes and dots.
        DashDot = "dash-dot",
        /// Dashes and two dots each.
        DashDotDot = "dash-dot-dot",
    }
}

node_type! {
    /// Columns of a table, given by the role `table`, as a line, points or bars.
    pub struct PlotSeries {
        /// How it is drawn.
        plot_type: PlotType, "plotType";
        /// The column along x.
        x_column: Option<String>, "xColumnName";
        /// The column along y.
        y_column: Option<String>, "yColumnName";
        /// The column with names.
        label_column: Option<String>, "labelColumnName";
        /// The sign at points.
        marker: PlotMarker, "markerStyle";
        /// Its size, points.
        marker_size: f64 = 7.0, "markerSize";
        /// The line.
        line: PlotLine, "lineStyle";
        /// Its width, points.
        line_width: f64 = 2.0, "lineWidth";
        /// Red, green, blue, 0 to 1.
        color: [f64; 3], "color";
        /// 0 (invisible) to 1 (opaque).
        opacity: f64 = 1.0, "opacity";
    }
}

node_type! {
    /// A view of a chart, given by the role `plotChart`.
    pub struct PlotView: view {
        /// What all views have.
        view: AbstractView;
        /// What the mouse does.
        interaction: Option<String>, "interactionMode";
    }
}
