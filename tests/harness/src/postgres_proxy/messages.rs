//! The messages of PostgreSQL's protocol, as far as the proxy has to know them.

/// The length of the first message, once it is here whole: a type, and a length that counts itself.
fn length(bytes: &[u8]) -> Option<usize> {
    let length = 1 + length_at(bytes, 1)?;
    (bytes.len() >= length).then_some(length)
}

/// Takes the first message, once it is here whole.
pub fn take(received: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = length(received)?;
    Some(received.drain(..length).collect())
}

/// Takes the first message of a connection, once it is here whole: it has no type.
pub fn take_startup(received: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = length_at(received, 0)?;
    (received.len() >= length).then(|| received.drain(..length).collect())
}

fn length_at(bytes: &[u8], place: usize) -> Option<usize> {
    let length = bytes.get(place..place + 4)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(length)).ok()
}

/// The startup message, with one more setting of the session.
pub fn with_setting(startup: &[u8], setting: &str) -> Vec<u8> {
    let fields = String::from_utf8_lossy(startup.get(8..).unwrap_or_default()).into_owned();
    let mut texts = fields.split('\0');
    let (mut given, mut options) = (Vec::new(), String::new());
    while let (Some(name), Some(value)) = (texts.next().filter(|it| !it.is_empty()), texts.next()) {
        match name {
            "options" => options = format!("{value} "),
            _ => given.push((name, value)),
        }
    }
    options.push_str(&format!("-c {setting}"));
    given.push(("options", &options));
    let mut body: Vec<u8> = startup.get(4..8).unwrap_or_default().to_vec();
    for (name, value) in given {
        body.extend(format!("{name}\0{value}\0").into_bytes());
    }
    body.push(0);
    let mut message = counted(&body);
    message.append(&mut body);
    message
}

/// The name of a prepared statement and its text, when this is a Parse message.
pub fn parsed(message: &[u8]) -> Option<(String, String)> {
    let mut texts = texts(message, b'P')?;
    Some((texts.next()?, texts.next()?))
}

/// The name of the statement that a Bind message gives parameters to.
pub fn bound(message: &[u8]) -> Option<String> {
    texts(message, b'B')?.nth(1)
}

/// The text of a simple query.
pub fn queried(message: &[u8]) -> Option<String> {
    texts(message, b'Q')?.next()
}

/// The texts with which a message of this type begins.
fn texts(message: &[u8], kind: u8) -> Option<impl Iterator<Item = String>> {
    let (first, body) = message.split_first()?;
    let body = body.get(4..).filter(|_| *first == kind)?;
    let texts = body.split(|byte| *byte == 0);
    Some(texts.map(|text| String::from_utf8_lossy(text).into_owned()))
}

/// A Sync message.
pub const SYNC: [u8; 5] = [b'S', 0, 0, 0, 4];

/// An ErrorResponse of this SQLSTATE. After one that is fatal the server closes the connection.
pub fn error(code: &str, fatal: bool) -> Vec<u8> {
    let severity = if fatal { "FATAL" } else { "ERROR" };
    let fields = format!("S{severity}\0V{severity}\0C{code}\0Mrefused by a test\0\0");
    let mut message = vec![b'E'];
    message.extend(counted(fields.as_bytes()));
    message.extend(fields.as_bytes());
    message
}

/// The length of a message with this body.
fn counted(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("a short message");
    length.to_be_bytes().to_vec()
}
