//! An HTTP server that answers from a function and remembers what it was asked.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::ACCOUNT;

#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The method.
    pub(super) method: String,
    /// The path with the query.
    pub(super) path: String,
    /// The header lines, names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Clone)]
pub(super) struct Says {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    /// The length that is told; that of the body if none is.
    length: Option<i64>,
}

pub(super) fn says(status: u16, body: impl Into<String>) -> Says {
    Says { status, headers: Vec::new(), body: body.into(), length: None }
}

impl Says {
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

impl Says {
    /// Without a header.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|header| header.0 != name);
        self
    }

    /// Whether it has a header with this value.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.headers.iter().any(|header| header.0 == name && header.1 == value)
    }

    /// As if it were so long: the answer to a `HEAD`, or one that is cut off.
    pub(super) fn sized(mut self, length: i64) -> Self {
        self.length = Some(length);
        self
    }
}

/// No answer: the connection is closed.
pub(super) fn hangs_up() -> Says {
    says(0, "")
}

/// An error as S3 writes it.
pub(super) fn s3_error(status: u16, code: &str) -> Says {
    says(status, format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>m</Message></Error>"))
}

/// An answer as IAM, STS and SNS write it.
pub(super) fn query(action: &str, result: &str) -> Says {
    says(200, format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
}

/// An error as IAM and STS write it.
pub(super) fn query_error(status: u16, code: &str) -> Says {
    says(
        status,
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>"
        ),
    )
}

/// Lives on as a thread until the test process ends.
pub(super) struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers each request with what the function makes of it and of its number, from 0. That STS is asked who we are
    /// is neither here nor there: it says the tests' account, and is not remembered.
    pub(super) fn start(answer: impl Fn(&Asked, usize) -> Says + Send + 'static) -> Self {
        Self::listen(answer, |asked| asked.body.contains("Action=GetCallerIdentity"))
    }

    /// The same for who we are, too.
    pub(super) fn with_sts(answer: impl Fn(&Asked, usize) -> Says + Send + 'static) -> Self {
        Self::listen(answer, |_| false)
    }

    fn listen(
        answer: impl Fn(&Asked, usize) -> Says + Send + 'static,
        aside: impl Fn(&Asked) -> bool + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &log, &answer, &aside);
            }
        });
        Self { address, asked }
    }

    /// Stands for who listens at an address and does not answer.
    pub(super) fn nobody(address: SocketAddr) -> Self {
        Self { address, asked: Arc::default() }
    }

    /// Answers every request alike.
    pub(super) fn always(says: Says) -> Self {
        Self::start(move |_, _| says.clone())
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<Asked>>,
    answer: &impl Fn(&Asked, usize) -> Says,
    aside: &impl Fn(&Asked) -> bool,
) {
    let Some(request) = read(&stream) else { return };
    let says = if aside(&request) {
        query("GetCallerIdentity", &format!("<Account>{ACCOUNT}</Account>"))
    } else {
        let number = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        answer(&request, number)
    };
    if says.status == 0 {
        return;
    }
    let mut text = format!(
        "HTTP/1.1 {} x\r\nconnection: close\r\ncontent-length: {}\r\n",
        says.status,
        says.length.map_or_else(|| says.body.len().to_string(), |length| length.to_string())
    );
    for (name, value) in &says.headers {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    write!(text, "\r\n{}", says.body).unwrap();
    let _ = stream.write_all(text.as_bytes());
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    lines.read_line(&mut line).ok()?;
    let method = line.split(' ').next()?.to_owned();
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    Some(Asked { method, path, headers, body: String::from_utf8(body).unwrap() })
}
