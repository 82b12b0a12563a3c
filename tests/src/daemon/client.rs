//! Somebody who speaks to a daemon over HTTP.

use std::time::Duration;

use serde_json::{Value, json};

/// Somebody with or without a token.
#[derive(Debug, Clone)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    token: Option<String>,
}

/// What came back; status 0: nothing did.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Client {
    /// Somebody who speaks to an address.
    pub fn new(address: &str, token: Option<&str>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(70)))
            .max_redirects(0)
            .build();
        Client { agent: config.into(), base: format!("http://{address}"), token: token.map(str::to_string) }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        answer(request.call())
    }

    /// POST with JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(path, "application/json", &[], body.to_string().as_bytes())
    }

    /// Asks for runs, which have to be queued; gives their ids.
    pub fn ask_for(&self, documents: &[&str]) -> Vec<String> {
        let answer = self.post("/api/v1/runs", &json!({"documents": documents}));
        assert_eq!(answer.status, 202, "{answer:?}");
        let runs = answer.json()["runs"].as_array().cloned().unwrap_or_default();
        runs.iter().map(|run| run["id"].as_str().unwrap_or_default().to_string()).collect()
    }

    /// A run, as soon as it came to its end or after half a minute.
    pub fn ended(&self, run: &str) -> Value {
        let answer = self.get(&format!("/api/v1/runs/{run}?wait=30s"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// A run as it is now.
    pub fn run(&self, run: &str) -> Value {
        self.get(&format!("/api/v1/runs/{run}")).json()
    }

    /// The value of the only series of a family at `/metrics`.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let text = self.get("/metrics").body;
        let of = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok();
        text.lines().find_map(of)
    }

    /// POST with anything.
    pub fn send(&self, path: &str, content_type: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = self.agent.post(format!("{}{path}", self.base)).content_type(content_type);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(request.send(body))
    }
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    match result {
        Ok(mut response) => Answer {
            status: response.status().as_u16(),
            body: response.body_mut().with_config().limit(256 << 20).read_to_string().unwrap_or_default(),
        },
        Err(_) => Answer::default(),
    }
}
