//! Money: a balance is the sum of its ledger, and no money is created or lost.

use crate::databases::Database;

const CHECKS: [&str; 6] = [
    // A wallet's balance is the sum of its ledger, and never negative.
    "select format('wallet %s: its balance is %s and its ledger adds up to %s', wallet.id, wallet.balance, sums.total)
     from wallets wallet
     cross join lateral (
         select coalesce(sum(case when type = 'CHARGE' then -amount else amount end), 0) as total
         from ledger where wallet_id = wallet.id
     ) sums
     where wallet.balance <> sums.total or wallet.balance < 0",
    // Entries are numbered without a gap, and each says the balance after it.
    "select format('wallet %s: entry %s says %s and should be number %s with %s', wallet_id, number, balance_after, place, running)
     from (
         select wallet_id, number, balance_after,
             row_number() over wallet as place,
             sum(case when type = 'CHARGE' then -amount else amount end) over wallet as running
         from ledger
         window wallet as (partition by wallet_id order by number)
     ) entries
     where number <> place or balance_after <> running or balance_after < 0",
    // Deposits are balances and charges that stand.
    "select format('deposits are %s, balances %s and standing charges %s', deposits, balances, charges)
     from (
         select
             (select coalesce(sum(amount), 0) from ledger where type = 'DEPOSIT') as deposits,
             (select coalesce(sum(balance), 0) from wallets) as balances,
             (select coalesce(sum(amount), 0) from charges where status = 'CHARGED') as charges
     ) sums
     where deposits <> balances + charges",
    // Each charge is in the ledger as its status says.
    "select format('charge of order %s is %s, and the ledger has %s charges and %s refunds of it', charge.order_id, charge.status, entries.charges, entries.refunds)
     from charges charge
     cross join lateral (
         select
             count(*) filter (where type = 'CHARGE') as charges,
             count(*) filter (where type = 'REFUND') as refunds
         from ledger
         where order_id = charge.order_id
     ) entries
     where charges <> case charge.status when 'VOID' then 0 else 1 end
         or refunds <> case charge.status when 'REFUNDED' then 1 else 0 end",
    "select format('order %s: entry %s of the ledger is not of the charge''s wallet and amount', entry.order_id, entry.id)
     from ledger entry
     join charges charge using (order_id)
     where entry.wallet_id <> charge.wallet_id or entry.amount <> charge.amount",
    "select format('order %s: the ledger knows it and no charge does', entry.order_id)
     from ledger entry
     left join charges charge using (order_id)
     where entry.order_id is not null and charge.order_id is null",
];

pub(super) async fn violations(billing: &Database) -> Vec<String> {
    let mut found = Vec::new();
    for check in CHECKS {
        found.extend(billing.texts(check, &[]).await);
    }
    found
}
