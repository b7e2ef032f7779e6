//! A picture of what a refund costs as a ledger grows.

use std::path::Path;

use plotters::prelude::*;

use crate::Result;

/// One point: charges in the ledger, and microseconds for a durable refund, of which on a processor.
pub type Point = (f64, f64, f64);

/// Draws both lines into an SVG file.
///
/// # Errors
/// What the disk says.
pub fn cost_against_size(points: &[Point], path: &Path) -> Result<()> {
    let root = SVGBackend::new(path, (720, 400)).into_drawing_area();
    root.fill(&WHITE)?;
    let last = points.iter().map(|point| point.0).fold(10_000.0, f64::max);
    let most = points.iter().map(|point| point.1.max(point.2)).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(&root)
        .caption("What a durable refund costs as the ledger grows", ("sans-serif", 18))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d((8_000.0..last * 1.25).log_scale(), 0.0..most * 1.2)?;
    chart
        .configure_mesh()
        .x_desc("charges in the ledger")
        .y_desc("microseconds")
        .x_label_formatter(&|charges| format!("{charges:.0}"))
        .draw()?;
    let line = |value: fn(&Point) -> f64| -> Vec<(f64, f64)> {
        points.iter().map(|point| (point.0, value(point))).collect()
    };
    for (name, color, line) in [
        ("until it is on disk", RGBColor(15, 98, 140), line(|point| point.1)),
        ("of that, on a processor", RGBColor(196, 98, 16), line(|point| point.2)),
    ] {
        chart
            .draw_series(LineSeries::new(line, color.stroke_width(2)).point_size(4))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color.stroke_width(2)));
    }
    // Below the lines, which begin at no cost and end near the top.
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .border_style(BLACK)
        .background_style(WHITE)
        .draw()?;
    root.present()?;
    Ok(())
}
