//! A compact block. It is an arena as well, whose text lies in the same buffer: so one input tries the decoder and the gathering.

use rolling_profiles_engine::block::{Block, BlockView, ColumnData, gather};
use rolling_profiles_engine::{EngineError, ErrorCode};

use super::meter::Bound;

/// A text's length takes 4 bytes and its end 8, twice while a vector grows; an exception takes 16 and 48. A column is looked at after the other,
/// since several may name one section.
const BOUND: Bound = Bound { bytes: 16 << 10, times: 16 };

pub(super) fn run(input: &[u8]) {
    let block = Block::from_bytes(input);
    let content = checked(content(&block, input));
    let Some(gathered) = checked(gather(input, input, 7, Vec::new())) else {
        return;
    };
    // What was gathered says the same, wherever its sections lay before.
    if let (Some(content), Some(again)) = (content, checked(self::content(&gathered, gathered.as_bytes()))) {
        assert_eq!(content, again);
    }
}

fn checked<T>(outcome: Result<T, EngineError>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(error) => {
            assert_eq!(error.code, ErrorCode::BlockCorrupt, "{}", error.message);
            None
        }
    }
}

/// All a block says, but for its number, in words.
fn content(block: &Block, input: &[u8]) -> Result<Vec<String>, EngineError> {
    let view = block.view()?;
    view.shape()?;
    view.sequence()?;
    BOUND.hold(input, || view.keys().map(drop))?;
    BOUND.hold(input, || view.messages().map(drop))?;
    BOUND.hold(input, || view.exceptions().map(drop))?;
    assert!(view.rows() > 0);
    assert!(view.column(view.columns()).is_err());
    for entry in view.messages()? {
        assert!(entry.rows > 0 && entry.first_row + entry.rows <= view.rows());
    }
    for exception in view.exceptions()? {
        assert!(exception.row < view.rows() && exception.column < view.columns());
    }
    let mut said = vec![format!("{:?} {:?} {:?}", view.keys()?, view.messages()?, view.exceptions()?)];
    for index in 0..view.columns() {
        BOUND.hold(input, || view.column(index).map(drop))?;
        said.push(column(&view, index)?);
    }
    Ok(said)
}

fn column(view: &BlockView<'_>, index: usize) -> Result<String, EngineError> {
    let column = view.column(index)?;
    let rows = view.rows();
    assert!(column.validity.is_none_or(|validity| validity.len() == rows));
    let values = match &column.data {
        // Their bits: NaN is no NaN's equal.
        ColumnData::Numbers(numbers) => {
            format!("{:?}", numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>())
        }
        ColumnData::Bools(bools) => format!("{bools:?}"),
        ColumnData::Texts(texts) => {
            assert_eq!(texts.len(), rows);
            assert_eq!(texts.get(rows), "");
            format!("{:?}", (0..rows).map(|row| texts.get(row)).collect::<Vec<_>>())
        }
        ColumnData::Nothing => "nothing".to_owned(),
    };
    Ok(format!("{values} {:?} {:?}", column.validity, column.declared))
}
