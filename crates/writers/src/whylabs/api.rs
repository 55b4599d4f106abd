//! The calls of the `WhyLabs` endpoint, and what their answers mean.
//!
//! The key goes to the endpoint alone, never to an upload address, and stands in no message and no debug output.

use std::fmt;
use std::time::Duration;

use rolling_profiles_engine::{Advice, EngineError, ErrorCode, Writable};
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::http::{Response, Uri};
use ureq::{Agent, Body, Proxy};

/// Longest answer that is read.
const MAX_ANSWER_BYTES: u64 = 1 << 20;
/// The longest pause that an endpoint can ask for.
const MAX_RETRY_AFTER_MS: u64 = 3_600_000;

/// Where to and as whom.
#[derive(Clone)]
pub struct WhyLabsSettings {
    /// The endpoint, without a slash at its end.
    pub endpoint: String,
    /// The key.
    pub api_key: String,
    /// The organisation of datasets that name none.
    pub org_id: String,
    /// Where uploads are to be kept.
    pub region: Option<String>,
    /// Whether each profile is uploaded in a transaction.
    pub transactions: bool,
    /// The longest that one call may take.
    pub timeout: Duration,
    /// As whom the calls are made.
    pub user_agent: String,
}

impl fmt::Debug for WhyLabsSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "WhyLabsSettings({}, {})", self.endpoint, self.org_id)
    }
}

/// Where a profile may be put.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Upload {
    pub upload_url: String,
}

/// How a call failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// The status of the answer; `None`: there was none.
    pub status: Option<u16>,
    /// What the answer said, its start.
    pub text: String,
    pub error: EngineError,
}

impl Failure {
    /// Nobody knows whether the call was carried out.
    pub const fn is_unknown(&self) -> bool {
        match self.status {
            None => true,
            Some(status) => status >= 500 || status == 408,
        }
    }
}

pub(super) struct Api {
    settings: WhyLabsSettings,
    direct: Agent,
    by_proxy: Agent,
}

impl Api {
    pub fn new(settings: WhyLabsSettings) -> Self {
        let agent = |proxy| -> Agent {
            Agent::config_builder()
                .timeout_global(Some(settings.timeout))
                .max_redirects(0)
                .max_redirects_will_error(false)
                .http_status_as_error(false)
                .proxy(proxy)
                .user_agent(settings.user_agent.as_str())
                .build()
                .into()
        };
        let (direct, by_proxy) = (agent(None), agent(Proxy::try_from_env()));
        Self { settings, direct, by_proxy }
    }

    pub const fn settings(&self) -> &WhyLabsSettings {
        &self.settings
    }

    /// Asks for an address to put a profile at.
    pub fn log_async(&self, org_id: &str, item: &Writable) -> Result<Upload, Failure> {
        let path = format!("/v0/organizations/{}/log/async/{}", escape(org_id), escape(&item.dataset_id));
        read(&self.post(&path, &self.entry(item))?)
    }

    /// Begins a transaction; gives its number.
    pub fn begin(&self, dataset_id: &str) -> Result<String, Failure> {
        let answer = self.post("/v1/transaction", &json!({ "datasetId": dataset_id }))?;
        let number = answer.get("transactionId").and_then(Value::as_str);
        number.map(str::to_owned).ok_or_else(|| unreadable("a transaction without a number"))
    }

    /// As [`Api::log_async`], inside a transaction.
    pub fn log_in(&self, transaction: &str, item: &Writable) -> Result<Upload, Failure> {
        let path = format!("/v1/transaction/log?transaction_id={}", escape(transaction));
        read(&self.post(&path, &self.entry(item))?)
    }

    /// Makes what was put in a transaction count.
    pub fn commit(&self, transaction: &str) -> Result<(), Failure> {
        let path = format!("/v1/transaction/commit?transaction_id={}", escape(transaction));
        self.post(&path, &json!({ "verbose": true })).map(drop)
    }

    /// Asks for an address to put a reference profile at.
    pub fn log_reference(
        &self,
        org_id: &str,
        dataset_id: &str,
        alias: &str,
        timestamp_ms: i64,
    ) -> Result<Upload, Failure> {
        let path = format!("/v0/organizations/{}/log/reference/{}", escape(org_id), escape(dataset_id));
        read(&self.post(&path, &json!({ "alias": alias, "datasetTimestamp": timestamp_ms }))?)
    }

    /// Puts a profile at an address. Success is 200 alone.
    pub fn put(&self, upload: &Upload, bytes: &[u8]) -> Result<(), Failure> {
        let agent = self.agent_for(&upload.upload_url)?;
        let call = agent.put(&upload.upload_url).header("Content-Type", "application/octet-stream");
        let mut response = call.send(bytes).map_err(|error| unreachable_by("the upload address", &error))?;
        if response.status().as_u16() == 200 {
            return Ok(());
        }
        Err(refused("the upload", &mut response))
    }

    fn entry(&self, item: &Writable) -> Value {
        let tags = item.segment.iter().flat_map(|segment| &segment.tags);
        let tags: Vec<Value> = tags.map(|(column, value)| json!({ "key": column, "value": value })).collect();
        json!({ "datasetTimestamp": item.dataset_timestamp_ms, "segmentTags": tags, "region": self.settings.region })
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let url = format!("{}{path}", self.settings.endpoint);
        let call = self.agent_for(&url)?.post(&url);
        let call = call
            .header("X-API-Key", &self.settings.api_key)
            .header("X-WhyLabs-File-Extension", "BIN")
            .header("Accept", "application/json")
            .header("Content-Type", "application/json");
        let mut response =
            call.send(body.to_string().as_bytes()).map_err(|error| unreachable_by("the endpoint", &error))?;
        if !response.status().is_success() {
            return Err(refused("the call", &mut response));
        }
        let text = body_of(&mut response).ok_or_else(|| unreachable_text("the endpoint", "its answer broke off"))?;
        serde_json::from_str(&text).map_err(|_| unreadable("an answer that is no JSON"))
    }

    /// Plain HTTP goes to this machine alone, and never by a proxy.
    fn agent_for(&self, url: &str) -> Result<&Agent, Failure> {
        let uri: Uri = url.parse().map_err(|_| unreadable("an address that is none"))?;
        let host = uri.host().unwrap_or_default();
        let is_local = matches!(host, "localhost" | "[::1]") || host.starts_with("127.");
        match uri.scheme_str() {
            Some("https" | "http") if is_local => Ok(&self.direct),
            Some("https") => Ok(&self.by_proxy),
            _ => Err(unreadable("an address that is not https")),
        }
    }
}

fn read(answer: &Value) -> Result<Upload, Failure> {
    Upload::deserialize(answer).map_err(|_| unreadable("an answer without an upload address"))
}

fn body_of(response: &mut Response<Body>) -> Option<String> {
    response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_string().ok()
}

fn failure(status: Option<u16>, text: String, code: ErrorCode, message: String, advice: Advice) -> Failure {
    Failure { status, text, error: EngineError::new(code, message).advising(advice) }
}

/// A transport error: it may go better next time. The address is left out, since an upload address is as good as a key.
fn unreachable_by(what: &str, error: &ureq::Error) -> Failure {
    let reason = match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Timeout(_) => "it took too long".to_owned(),
        ureq::Error::HostNotFound => "its host was not found".to_owned(),
        ureq::Error::ConnectionFailed => "it could not be connected to".to_owned(),
        ureq::Error::Rustls(error) => error.to_string(),
        _ => "the connection failed".to_owned(),
    };
    unreachable_text(what, &reason)
}

fn unreachable_text(what: &str, reason: &str) -> Failure {
    let message = format!("WhyLabs: {what} could not be reached: {reason}");
    failure(None, String::new(), ErrorCode::Writer, message, Advice::default())
}

fn unreadable(what: &str) -> Failure {
    let advice = Advice { is_permanent: true, ..Advice::default() };
    failure(Some(200), String::new(), ErrorCode::Writer, format!("WhyLabs: the endpoint gave {what}"), advice)
}

/// An answer that is no success.
fn refused(what: &str, response: &mut Response<Body>) -> Failure {
    let status = response.status().as_u16();
    let asked = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let retry_after_ms = asked.and_then(|seconds| seconds.trim().parse::<u64>().ok());
    let text: String = body_of(response).unwrap_or_default().chars().take(300).collect();
    let may_pass = matches!(status, 408 | 425 | 429) || status >= 500;
    let advice = Advice {
        after_ms: retry_after_ms.map(|seconds| seconds.saturating_mul(1000).min(MAX_RETRY_AFTER_MS)),
        is_permanent: !may_pass,
        ..Advice::default()
    };
    let (code, reason) = match status {
        401 => (ErrorCode::Unauthorized, "the key is not valid"),
        403 => (ErrorCode::Unauthorized, "the key does not allow it"),
        404 => (ErrorCode::DatasetNotFound, "there is no such organisation or dataset"),
        300..=399 => (ErrorCode::Writer, "it asks to go elsewhere, which is not followed"),
        429 => (ErrorCode::Writer, "there were too many calls"),
        _ => (ErrorCode::Writer, "it was not carried out"),
    };
    failure(Some(status), text, code, format!("WhyLabs refused {what} with status {status}: {reason}"), advice)
}

/// A part of a path: letters, digits, `-`, `.` and `_` stay.
fn escape(part: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let piece = |byte: u8| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    part.bytes().map(piece).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> WhyLabsSettings {
        WhyLabsSettings {
            endpoint: "http://127.0.0.1:1".to_owned(),
            api_key: "0123456789.secret".to_owned(),
            org_id: "org-1".to_owned(),
            region: None,
            transactions: false,
            timeout: Duration::from_secs(1),
            user_agent: "test".to_owned(),
        }
    }

    #[test]
    fn the_key_is_in_no_debug_output() {
        assert!(!format!("{:?}", settings()).contains("secret"));
    }

    #[test]
    fn plain_http_goes_to_this_machine_alone() {
        let api = Api::new(settings());
        for url in ["http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:1/x", "https://example.com/x"] {
            assert!(api.agent_for(url).is_ok(), "{url}");
        }
        for url in ["http://example.com/x", "ftp://127.0.0.1/x", "http://127.0.0.1.example.com.evil/x y", "x"] {
            assert!(api.agent_for(url).is_err(), "{url}");
        }
    }

    #[test]
    fn parts_of_a_path_are_escaped() {
        assert_eq!(escape("a/b c?é"), "a%2Fb%20c%3F%C3%A9");
        assert_eq!(escape("model-1.v_2"), "model-1.v_2");
    }
}
