//! The table of what was told: what is written under which condition, and that it never keeps a finding from anybody.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::edge;
use super::server::{Asked, Says, Server, says};
use crate::aws::{Own, Told};
use crate::notice::{Notice, Turn};
use crate::ports::Memory;

fn told(server: &Server, minutes: u64) -> Told {
    edge(server, None, Own::Ambient).told("deniedby-Told".to_owned(), Duration::from_mins(minutes))
}

fn notice(event: &str) -> Notice {
    Notice { event: format!("s3.amazonaws.com#{event}"), kind: "k1".to_owned() }
}

fn operation(asked: &Asked) -> &str {
    asked.header("x-amz-target").unwrap().rsplit('.').next().unwrap()
}

fn input(asked: &Asked) -> Value {
    serde_json::from_str(&asked.body).unwrap()
}

/// Items with their keys, the latest last.
type Items = Arc<Mutex<Vec<(String, Value)>>>;

/// Keeps what is put, by the item's key, and answers an update with nothing.
fn table() -> (Server, Items) {
    let items = Items::default();
    let kept = Arc::clone(&items);
    let server = Server::start(move |asked, _| {
        let mut items = kept.lock().unwrap();
        let input = input(asked);
        match operation(asked) {
            "GetItem" => {
                let key = input.pointer("/Key/id/S").and_then(Value::as_str).unwrap();
                let found = items.iter().rev().find(|row| row.0 == key).map(|row| row.1.clone());
                says(200, found.map_or_else(|| json!({}), |item| json!({ "Item": item })).to_string())
            }
            "PutItem" => {
                let item = input["Item"].clone();
                items.push((item.pointer("/id/S").and_then(Value::as_str).unwrap().to_owned(), item));
                says(200, "{}")
            }
            _ => says(200, "{}"),
        }
    });
    (server, items)
}

#[tokio::test]
async fn the_first_of_a_kind_is_the_one_that_could_write_first() {
    let (server, items) = table();
    let told = told(&server, 60);
    assert_eq!(told.turn(&notice("a")).await, Turn::first());
    assert_eq!(told.turn(&notice("b")).await, Turn::Count);
    assert_eq!(told.turn(&notice("a")).await, Turn::first(), "tried again, it finds itself");
    let asked = server.asked();
    let put = input(asked.iter().find(|asked| operation(asked) == "PutItem").unwrap());
    assert_eq!(put["ConditionExpression"], "attribute_not_exists(id)");
    assert_eq!(put["TableName"], "deniedby-Told");
    assert!(asked.iter().all(|asked| operation(asked) != "GetItem" || input(asked)["ConsistentRead"] == true));
    // An hour later.
    items.lock().unwrap()[0].1["until"] = json!({ "N": "1" });
    items.lock().unwrap()[0].1["look"] = json!({ "N": "1" });
    items.lock().unwrap()[0].1["more"] = json!({ "N": "7" });
    assert_eq!(told.turn(&notice("c")).await, Turn::Tell { told: vec![], more: 7 });
    let put = input(server.asked().iter().rfind(|asked| operation(asked) == "PutItem").unwrap());
    assert_eq!(put["ConditionExpression"], "#holder = :holder AND #look = :look AND #more = :more");
    assert_eq!(put["ExpressionAttributeNames"], json!({ "#holder": "holder", "#look": "look", "#more": "more" }));
    assert_eq!(put["ExpressionAttributeValues"][":more"], json!({ "N": "7" }));
}

#[tokio::test]
async fn who_loses_every_race_is_one_of_many() {
    let server = Server::start(|asked, _| match operation(asked) {
        "PutItem" => says(400, json!({ "__type": "x#ConditionalCheckFailedException" }).to_string()),
        _ => says(200, "{}"),
    });
    assert_eq!(told(&server, 60).turn(&notice("a")).await, Turn::Count);
}

#[tokio::test]
async fn what_was_told_and_counted_is_written_by_event_and_kind() {
    let (server, _) = table();
    let told = told(&server, 60);
    told.told(&notice("a"), "sns").await;
    told.quiet(&notice("a"), "x").await;
    told.count(&notice("b")).await;
    let asked = server.asked();
    let updates: Vec<_> = asked.iter().map(input).collect();
    let keys: Vec<_> = updates.iter().map(|input| input["Key"]["id"]["S"].as_str().unwrap()).collect();
    assert_eq!(keys, ["event#s3.amazonaws.com#a", "kind#k1", "kind#k1", "event#s3.amazonaws.com#b"]);
    assert_eq!(updates[0]["UpdateExpression"], "ADD #told :sink SET #expires = :expires");
    assert_eq!(updates[0]["ExpressionAttributeValues"][":sink"], json!({ "SS": ["sns"] }));
    assert_eq!(updates[1]["ConditionExpression"], "#holder = :event");
    assert_eq!(updates[2]["ConditionExpression"], "attribute_exists(id)");
    for input in &updates {
        let names: Vec<_> = input["ExpressionAttributeNames"].as_object().unwrap().keys().collect();
        let used = format!("{} {}", input["UpdateExpression"], input["ConditionExpression"]);
        assert!(names.iter().all(|name| used.contains(name.as_str())), "{input}");
    }
}

#[tokio::test]
async fn an_event_that_was_told_or_counted_is_known_again() {
    let item = |item: Value| {
        Server::start(move |asked, _| {
            let is_event = input(asked)["Key"]["id"]["S"] == "event#s3.amazonaws.com#a";
            says(200, if is_event { json!({ "Item": item }) } else { json!({}) }.to_string())
        })
    };
    let server = item(json!({ "told": { "SS": ["sns"] } }));
    let sns = Turn::Tell { told: vec!["sns".to_owned()], more: 0 };
    assert_eq!(told(&server, 60).turn(&notice("a")).await, sns);
    assert_eq!(told(&server, 0).turn(&notice("a")).await, sns);
    let server = item(json!({ "counted": { "BOOL": true } }));
    assert_eq!(told(&server, 60).turn(&notice("a")).await, Turn::Counted);
}

#[tokio::test]
async fn without_a_quiet_time_no_kind_is_looked_at() {
    let (server, items) = table();
    let told = told(&server, 0);
    assert_eq!(told.turn(&notice("a")).await, Turn::first());
    told.quiet(&notice("a"), "x").await;
    assert_eq!((server.asked().len(), items.lock().unwrap().len()), (1, 0));
}

#[tokio::test]
async fn a_table_that_fails_keeps_nobody_from_hearing() {
    let fails: [fn() -> Says; 4] = [
        || says(400, json!({ "__type": "x#ResourceNotFoundException" }).to_string()),
        || says(400, json!({ "__type": "x#AccessDeniedException" }).to_string()),
        || says(500, "{}"),
        || says(200, "no JSON"),
    ];
    for fails in fails {
        let server = Server::start(move |_, _| fails());
        let told = told(&server, 60);
        assert_eq!(told.turn(&notice("a")).await, Turn::first());
        told.told(&notice("a"), "sns").await;
        told.quiet(&notice("a"), "x").await;
        told.count(&notice("a")).await;
    }
}
