//! What if a function runs a second time?

use sql_tests::repeats::{Repeat, assert_complete, check};

const USER: &str = "
    insert into users (id, email, password_hash) values (#1, 'a@example.com', '$argon2id$a');";

/// The session #5 of the user, with the handle @5, the token @6 and the access token #6; and the attempt #9 of another
/// login, after a failure.
const SESSION: &str = "
    insert into users (id, email, password_hash) values (#1, 'a@example.com', '$argon2id$a');
    insert into sessions (id, user_id, handle, token, access_id, expires_at)
    values (#5, #1, @5, @6, #6, now() + interval '30 days');
    insert into login_attempts (id, subject, failed) values (#8, @1, true), (#9, @1, false);";

const LOGIN: &str =
    "open_session(#9, @1, #1, '$argon2id$a', 'admin@example.com', #15, @15, @16, #16)";

const EXCHANGE: &str =
    "exchange_token(@5, @6, true, @7, null, null, #7, 'admin@example.com', @1, null)";

const ADMIN_LOGIN: &str = "
    open_administrator_session(
        #9, @1, #2, 'Admin@example.com', '$argon2id$admin', @2, null, #15, @15, @16, #16
    )";

const ENDED: &str = "the session has ended meanwhile, and does not begin again";

const TABLE: &[Repeat<'static>] = &[
    Repeat {
        meanwhile: "update users set password_hash = '$argon2id$b'",
        ..Repeat::of(
            "register_user",
            "register_user(#1, 'a@example.com', '$argon2id$a', null)",
        )
    },
    Repeat {
        given: USER,
        ..Repeat::of(
            "user_document",
            "(select user_document(users) from users where id = #1)",
        )
    },
    // The attempt fails, and four others: no further one is admitted.
    Repeat {
        given: USER,
        meanwhile: "
            insert into login_attempts (id, subject, address) values
                (#11, @1, @2), (#12, @1, @2), (#13, @1, @2), (#14, @1, @2);
            select fail_login(id, @1) from login_attempts",
        ..Repeat::of(
            "begin_counted_login",
            "begin_counted_login(#9, @1, @2, 60, 'a@example.com', 1, 25, 5000)",
        )
    },
    Repeat {
        given: USER,
        meanwhile: "
            select begin_counted_login(#11, @1, @2, 60, 'a@example.com', 1, 25, 5000);
            select open_session(#9, @1, #1, '$argon2id$a', 'admin@example.com', #15, @15, @16, #16)",
        ..Repeat::of(
            "begin_counted_login",
            "begin_counted_login(#9, @1, @2, 60, 'a@example.com', 1, 25, 5000)",
        )
    },
    Repeat {
        meanwhile: "select begin_registration(#8, @2, 2, 25, 5000)",
        ..Repeat::of("begin_registration", "begin_registration(#9, @2, 1, 25, 5000)")
    },
    Repeat {
        given: SESSION,
        ..Repeat::of("fail_login", "fail_login(#9, @1)")
    },
    // The right password follows, and clears the failure.
    Repeat {
        given: SESSION,
        meanwhile: "select open_session(#11, @1, #1, '$argon2id$a', 'admin@example.com', #15, @15, @16, #16)",
        ..Repeat::of("fail_login", "fail_login(#9, @1)")
    },
    // Others fail, and the new session goes on.
    Repeat {
        given: SESSION,
        meanwhile: "
            insert into login_attempts (id, subject, failed) values (#11, @1, true);
            select exchange_token(@15, @16, true, @17, null, null, #17, 'admin@example.com', @1, null)",
        ..Repeat::of("open_session", LOGIN)
    },
    Repeat {
        given: SESSION,
        meanwhile: "select end_session(@15, @16, true)",
        later: Some("nothing"),
        why: ENDED,
        ..Repeat::of("open_session", LOGIN)
    },
    Repeat {
        given: SESSION,
        meanwhile: "insert into login_attempts (id, subject, failed) values (#11, @1, true)",
        ..Repeat::of("open_administrator_session", ADMIN_LOGIN)
    },
    Repeat {
        given: SESSION,
        meanwhile: "select end_session(@15, @16, true)",
        later: Some("nothing"),
        why: ENDED,
        ..Repeat::of("open_administrator_session", ADMIN_LOGIN)
    },
    Repeat {
        given: SESSION,
        ..Repeat::of("exchange_token", EXCHANGE)
    },
    // Nobody gets what has been exchanged, and the session goes on.
    Repeat {
        given: SESSION,
        meanwhile: "select exchange_token(@5, @7, true, @8, null, null, #8, 'admin@example.com', @1, null)",
        later: Some("UNKNOWN"),
        why: "the successor has been exchanged",
        ..Repeat::of("exchange_token", EXCHANGE)
    },
    Repeat {
        given: SESSION,
        ..Repeat::of(
            "exchange_token",
            "exchange_token(@5, @6, true, @7, null, 'key', #7, 'admin@example.com', @1, null)",
        )
    },
    Repeat {
        given: SESSION,
        together: Some("UNKNOWN"),
        again: Some("UNKNOWN"),
        why: "the use of a dead token has ended the session",
        ..Repeat::of(
            "exchange_token",
            "exchange_token(@5, @4, true, @7, null, null, #7, 'admin@example.com', @1, null)",
        )
    },
    Repeat {
        given: SESSION,
        meanwhile: "select open_session(#9, @1, #1, '$argon2id$a', 'admin@example.com', #15, @15, @16, #16)",
        ..Repeat::of("end_session", "end_session(@5, @6, true)")
    },
    // The user logs in again.
    Repeat {
        given: SESSION,
        meanwhile: "select open_session(#9, @1, #1, '$argon2id$a', 'admin@example.com', #15, @15, @16, #16)",
        ..Repeat::of("end_sessions", "end_sessions(#10, #1)")
    },
    // The user logs in with the new password, and changes it again.
    Repeat {
        given: SESSION,
        meanwhile: "
            insert into login_attempts (id, subject, failed) values (#11, @1, true);
            select open_session(#12, @2, #1, '$argon2id$b', 'admin@example.com', #15, @15, @16, #16);
            select change_password(#13, @2, #1, '$argon2id$b', '$argon2id$c', #16)",
        ..Repeat::of(
            "change_password",
            "change_password(#9, @1, #1, '$argon2id$a', '$argon2id$b', #6)",
        )
    },
    Repeat {
        given: SESSION,
        ..Repeat::of("totals", "totals()")
    },
];

#[tokio::test]
async fn every_function_can_run_again() {
    for line in TABLE {
        check("auth", line).await;
    }
}

#[tokio::test]
async fn every_function_that_the_service_calls_is_in_the_table() {
    assert_complete("auth", TABLE, &[], &[include_str!("../../src/store.rs")]).await;
}
