//! Rows as Parquet, for data frames: DuckDB, pandas, Polars.

use std::{io::Write, sync::Arc};

use bytes::Bytes;
use parquet::{
    basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical},
    data_type::{ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int64Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::{ColumnPath, Type},
};

use super::{
    Table, check,
    column::{Cell, Column, Kind},
    rows,
};
use crate::{
    error::{Error, Result},
    period::Period,
    snapshot::Snapshot,
};

/// How many rows, and bytes of texts, are held at once.
const GROUP: usize = 1 << 14;
const TEXTS: usize = 4 << 20;
/// The bytes of an amount in major units, and how many digits always fit them.
const WIDTH: usize = 16;
const PRECISION: i32 = 38;

/// Writes a table as Parquet, with the rows and columns of [`write_table`](super::write_table).
/// Amounts in major units are decimals with as many decimals as the book's finest currency has,
/// moments are UTC in milliseconds, and what a row has not is null. The file's metadata say whose
/// book it is (`merchant`) and how far it goes (`head`). Memory does not grow with the rows.
///
/// # Errors
/// As of [`write_table`](super::write_table).
pub fn write_parquet(
    snapshot: &mut Snapshot<'_>,
    period: &Period,
    table: Table,
    to: &mut (impl Write + Send),
) -> Result<()> {
    check(snapshot, period, table)?;
    let mut frame = Frame::begin(snapshot, table, to).map_err(failed)?;
    rows::each(snapshot, period, table, &mut |cells| frame.row(cells).map_err(failed))?;
    frame.end().map_err(failed)
}

fn failed(error: ParquetError) -> Error {
    Error::Output(match error {
        ParquetError::External(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => *error,
            Err(other) => std::io::Error::other(other),
        },
        other => std::io::Error::other(other),
    })
}

/// A file in the making, and the rows that are not in it yet.
struct Frame<W: Write + Send> {
    to: SerializedFileWriter<W>,
    columns: Vec<Values>,
    rows: usize,
    /// How many bytes their texts have.
    texts: usize,
    /// The decimals of amounts.
    scale: u32,
}

/// What rows have in one column.
enum Values {
    /// One text after the other, where each ends, and which rows have one if not all have.
    Texts {
        texts: Vec<u8>,
        ends: Vec<u32>,
        levels: Option<Vec<i16>>,
    },
    Numbers(Vec<i64>),
    Decimals(Vec<u8>),
}

impl<W: Write + Send> Frame<W> {
    fn begin(snapshot: &Snapshot<'_>, table: Table, to: W) -> parquet::errors::Result<Self> {
        let scale = snapshot.exponents().map(|(_, exponent)| exponent).max().unwrap_or(0);
        let fields: Result<Vec<_>, _> =
            table.columns().iter().map(|column| field(column, scale).map(Arc::new)).collect();
        let schema = Type::group_type_builder("table").with_fields(fields?).build()?;
        let note = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
        let notes = vec![
            note("merchant", snapshot.merchant.id.clone()),
            note("head", snapshot.head.to_string()),
        ];
        // What readers skip pages by is kept in memory to the file's end: with the least and the greatest
        // text or decimal, 20 KB of each column and group.
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_dictionary_enabled(false)
            .set_created_by(concat!("refundry ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(notes));
        for column in table.columns() {
            let path = ColumnPath::from(column.name);
            properties = match column.kind {
                Kind::Word => properties.set_column_dictionary_enabled(path, true),
                Kind::Number | Kind::Moment => {
                    properties.set_column_statistics_enabled(path, EnabledStatistics::Chunk)
                }
                Kind::Text | Kind::Major => properties,
            };
        }
        let properties = properties.build();
        let to = SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties))?;
        let columns = table.columns().iter().map(Values::of).collect();
        Ok(Self { to, columns, rows: 0, texts: 0, scale })
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> parquet::errors::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            let bytes = column.push(cell, self.scale)?;
            self.texts = self.texts.saturating_add(bytes);
        }
        self.rows = self.rows.saturating_add(1);
        if self.rows >= GROUP || self.texts >= TEXTS { self.flush() } else { Ok(()) }
    }

    /// Writes the rows that are held as a group.
    fn flush(&mut self) -> parquet::errors::Result<()> {
        let mut group = self.to.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut to) = group.next_column()? else { break };
            column.write(&mut to)?;
            to.close()?;
        }
        (self.rows, self.texts) = (0, 0);
        group.close().map(drop)
    }

    fn end(mut self) -> parquet::errors::Result<()> {
        if self.rows > 0 {
            self.flush()?;
        }
        self.to.close().map(drop)
    }
}

/// How a column is declared.
fn field(column: &Column, scale: u32) -> parquet::errors::Result<Type> {
    let (physical, logical) = match column.kind {
        Kind::Text | Kind::Word => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Number => (Physical::INT64, None),
        Kind::Moment => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
        Kind::Major => {
            let scale = i32::try_from(scale)?;
            let field = Type::primitive_type_builder(column.name, Physical::FIXED_LEN_BYTE_ARRAY)
                .with_repetition(Repetition::REQUIRED)
                .with_length(i32::try_from(WIDTH)?)
                .with_precision(PRECISION)
                .with_scale(scale)
                .with_logical_type(Some(LogicalType::decimal(scale, PRECISION)));
            return field.build();
        }
    };
    let repetition = if column.is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    Type::primitive_type_builder(column.name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical)
        .build()
}

impl Values {
    fn of(column: &Column) -> Self {
        match column.kind {
            Kind::Text | Kind::Word => {
                let levels = column.is_optional.then(Vec::new);
                Self::Texts { texts: Vec::new(), ends: Vec::new(), levels }
            }
            Kind::Number | Kind::Moment => Self::Numbers(Vec::new()),
            Kind::Major => Self::Decimals(Vec::new()),
        }
    }

    /// Takes a cell; returns how many bytes its text has.
    fn push(&mut self, cell: &Cell<'_>, scale: u32) -> parquet::errors::Result<usize> {
        match (self, cell) {
            (Self::Texts { texts, ends, levels }, cell) => {
                let before = texts.len();
                let is_there = match cell {
                    Cell::Name(of) | Cell::Text(of) => {
                        texts.extend_from_slice(of.unwrap_or_default().as_bytes());
                        of.is_some()
                    }
                    Cell::Hash(hash) => write!(texts, "{hash}").map(|()| true)?,
                    Cell::Number(_) | Cell::Moment(_) | Cell::Major(_) => return Err(other()),
                };
                match levels {
                    Some(levels) => levels.push(is_there.into()),
                    None if !is_there => return Err(other()),
                    None => {}
                }
                if is_there {
                    ends.push(u32::try_from(texts.len())?);
                }
                return Ok(texts.len().saturating_sub(before));
            }
            (Self::Numbers(numbers), Cell::Number(number)) => numbers.push(*number),
            (Self::Numbers(numbers), Cell::Moment(moment)) => numbers.push(moment.millis()),
            (Self::Decimals(bytes), Cell::Major(major)) => {
                let more = scale.checked_sub(major.exponent).and_then(|by| 10_i128.checked_pow(by));
                let unscaled = more.and_then(|factor| major.minor.checked_mul(factor));
                bytes.extend_from_slice(&unscaled.ok_or_else(other)?.to_be_bytes());
            }
            (Self::Numbers(_) | Self::Decimals(_), _) => return Err(other()),
        }
        Ok(0)
    }

    /// Writes the values, and forgets them.
    fn write(&mut self, to: &mut SerializedColumnWriter<'_>) -> parquet::errors::Result<()> {
        match self {
            Self::Texts { texts, ends, levels } => {
                let all = Bytes::from(std::mem::take(texts));
                let mut begin = 0;
                let mut next = |end: u32| {
                    let end = end as usize;
                    ByteArray::from(all.slice(std::mem::replace(&mut begin, end)..end))
                };
                let values: Vec<_> = ends.drain(..).map(&mut next).collect();
                to.typed::<ByteArrayType>().write_batch(&values, levels.as_deref(), None)?;
                if let Some(levels) = levels {
                    levels.clear();
                }
            }
            Self::Numbers(numbers) => {
                to.typed::<Int64Type>().write_batch(numbers, None, None)?;
                numbers.clear();
            }
            Self::Decimals(bytes) => {
                let all = Bytes::from(std::mem::take(bytes));
                let places = (0..all.len()).step_by(WIDTH);
                let values: Vec<_> = places
                    .map(|at| all.slice(at..at.saturating_add(WIDTH)))
                    .map(|bytes| FixedLenByteArray::from(ByteArray::from(bytes)))
                    .collect();
                to.typed::<FixedLenByteArrayType>().write_batch(&values, None, None)?;
            }
        }
        Ok(())
    }
}

/// A cell that is not of its column, or an amount beyond all decimals.
fn other() -> ParquetError {
    ParquetError::General("a cell is not of its column's kind".to_owned())
}
