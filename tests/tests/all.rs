//! Every test that needs more than one crate, in one binary.
#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

mod access;
mod access_table;
mod accounts;
mod architecture;
mod auditing;
mod backlog;
mod bad_input;
mod browser;
mod cases;
mod crash;
mod cues;
mod degradation;
mod desk;
mod drain;
mod feed;
mod grading;
mod intake;
mod item_pages;
mod jobs;
mod looking_back;
mod nodes;
mod openid;
mod operations;
mod order;
mod pages;
mod people;
mod policy;
mod readme;
mod replay;
mod restricted;
mod screens;
mod sealing;
