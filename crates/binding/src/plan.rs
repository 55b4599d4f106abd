//! Plans as they cross: JSON, made by `ts/schema/native.ts` and read here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rolling_profiles_engine::{Helper, Partition, Plan};
use rolling_profiles_profile::{
    Anchor, ColumnSchema, Comparison, MetricSet, MetricSets, Operand, Pattern, Predicate, ProfileSettings, Schema,
    UnicodeRanges, ValueType,
};
use serde::Deserialize;

use crate::fault::{Fault, Result};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlanJson {
    usual: ColumnJson,
    columns: HashMap<String, ColumnJson>,
    partitions: Vec<PartitionJson>,
    helpers: HashMap<String, Option<ConditionJson>>,
    metadata: BTreeMap<String, String>,
    needs_rows: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ColumnJson {
    settings: SettingsJson,
    metrics: MetricsJson,
    declared: Option<TypeJson>,
    unicode: Option<UnicodeJson>,
    conditions: Vec<(String, PredicateJson)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SettingsJson {
    hll_lg_k: u8,
    kll_k: u16,
    fi_lg_max_k: u8,
    fi_disabled: bool,
    max_frequent_item_size: usize,
}

/// A bit a metric, in the order of the constants of `MetricSet`.
#[derive(Deserialize)]
struct MetricsJson {
    integral: u8,
    fractional: u8,
    boolean: u8,
    string: u8,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum TypeJson {
    Integral,
    Fractional,
    Boolean,
    String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnicodeJson {
    ranges: Vec<(String, u32, u32)>,
    lower_case: bool,
    normalize: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartitionJson {
    name: String,
    id: String,
    columns: Vec<String>,
    sources: Vec<String>,
    filter_text: Option<String>,
    filter: Option<String>,
}

#[derive(Deserialize)]
struct ConditionJson {
    column: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(tag = "is", rename_all = "camelCase")]
enum PredicateJson {
    Equal { to: OperandJson },
    NotEqual { to: OperandJson },
    Less { to: OperandJson },
    LessOrEqual { to: OperandJson },
    Greater { to: OperandJson },
    GreaterOrEqual { to: OperandJson },
    Matches { source: String, flags: String },
    Fullmatch { source: String, flags: String },
    Search { source: String, flags: String },
    Null,
    And { of: Vec<Self> },
    Or { of: Vec<Self> },
    Not { of: Box<Self> },
    Elsewhere,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OperandJson {
    Integer(i64),
    Double(f64),
    Text(String),
    /// Decimal digits.
    Big {
        bigint: String,
    },
}

/// Reads a plan.
pub fn read(json: &str) -> Result<Plan> {
    let plan: PlanJson = parse(json)?;
    let mut schema = Schema::new(column(plan.usual)?);
    for (name, json) in plan.columns {
        schema = schema.with_column(name, column(json)?);
    }
    let helpers = plan.helpers.into_iter().map(|(name, condition)| {
        let helper =
            condition.map_or(Helper::Segment, |ConditionJson { column, name }| Helper::Condition { column, name });
        (name, helper)
    });
    let partitions = plan.partitions.into_iter().map(|partition| Partition {
        name: partition.name,
        id: partition.id,
        columns: partition.columns,
        sources: partition.sources,
        filter_text: partition.filter_text,
        filter: partition.filter,
    });
    Ok(Plan {
        schema: Arc::new(schema),
        partitions: partitions.collect(),
        metadata: plan.metadata,
        helpers: helpers.collect(),
        needs_rows: plan.needs_rows,
    })
}

/// Reads the schema of one column.
pub fn read_column(json: &str) -> Result<ColumnSchema> {
    column(parse(json)?)
}

fn parse<'json, T: Deserialize<'json>>(json: &'json str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| {
        // Its own words speak of Rust's types.
        let place = error.column();
        Fault::new(
            "ERR_INTERNAL",
            format!("the addon cannot read the schema, at byte {place}: this is a fault of rolling-profiles"),
        )
    })
}

fn column(json: ColumnJson) -> Result<ColumnSchema> {
    let SettingsJson { hll_lg_k, kll_k, fi_lg_max_k, fi_disabled, max_frequent_item_size } = json.settings;
    let conditions = json.conditions.into_iter().map(|(name, json)| {
        let at_fault = |why| Fault::new("ERR_INVALID_OPTION", format!("schema.conditions: {name}: {why}"));
        let predicate = predicate(json).map_err(at_fault)?;
        Ok((name, predicate))
    });
    Ok(ColumnSchema {
        settings: ProfileSettings {
            hll_lg_k,
            kll_k,
            fi_lg_max: fi_lg_max_k,
            frequent_items: !fi_disabled,
            max_item_chars: max_frequent_item_size,
        },
        declared: json.declared.map(|declared| match declared {
            TypeJson::Integral => ValueType::Integral,
            TypeJson::Fractional => ValueType::Fractional,
            TypeJson::Boolean => ValueType::Boolean,
            TypeJson::String => ValueType::Text,
        }),
        metrics: MetricSets {
            integral: MetricSet::from_bits(json.metrics.integral),
            fractional: MetricSet::from_bits(json.metrics.fractional),
            boolean: MetricSet::from_bits(json.metrics.boolean),
            text: MetricSet::from_bits(json.metrics.string),
        },
        conditions: conditions.collect::<Result<_>>()?,
        unicode: json.unicode.map(|UnicodeJson { ranges, lower_case, normalize }| {
            Arc::new(UnicodeRanges::new(ranges, lower_case, normalize))
        }),
    })
}

fn predicate(json: PredicateJson) -> std::result::Result<Predicate, String> {
    let compare = |comparison, to| Ok(Predicate::Compare(comparison, operand(to)));
    let all = |of: Vec<PredicateJson>| of.into_iter().map(predicate).collect::<std::result::Result<Vec<_>, _>>();
    let matches = |source: String, flags: String, anchor| Pattern::new(&source, &flags, anchor).map(Predicate::Matches);
    match json {
        PredicateJson::Equal { to } => compare(Comparison::Equal, to),
        PredicateJson::NotEqual { to } => compare(Comparison::NotEqual, to),
        PredicateJson::Less { to } => compare(Comparison::Less, to),
        PredicateJson::LessOrEqual { to } => compare(Comparison::LessOrEqual, to),
        PredicateJson::Greater { to } => compare(Comparison::Greater, to),
        PredicateJson::GreaterOrEqual { to } => compare(Comparison::GreaterOrEqual, to),
        PredicateJson::Matches { source, flags } => matches(source, flags, Anchor::Start),
        PredicateJson::Fullmatch { source, flags } => matches(source, flags, Anchor::Whole),
        PredicateJson::Search { source, flags } => matches(source, flags, Anchor::Anywhere),
        PredicateJson::Null => Ok(Predicate::IsNull),
        PredicateJson::And { of } => Ok(Predicate::And(all(of)?)),
        PredicateJson::Or { of } => Ok(Predicate::Or(all(of)?)),
        PredicateJson::Not { of } => Ok(Predicate::Not(Box::new(predicate(*of)?))),
        PredicateJson::Elsewhere => Ok(Predicate::Elsewhere),
    }
}

fn operand(json: OperandJson) -> Operand {
    match json {
        OperandJson::Integer(integer) => Operand::Integer(integer),
        OperandJson::Double(double) => Operand::Double(double),
        OperandJson::Text(text) => Operand::Text(text),
        OperandJson::Big { bigint } => {
            let double = || Operand::Double(bigint.parse().unwrap_or(f64::NAN));
            bigint.parse().map_or_else(|_| double(), Operand::Integer)
        }
    }
}
