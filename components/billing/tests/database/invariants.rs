//! The invariants of billing's tables.

use super::Billing;

impl Billing {
    pub async fn check_invariants(&self) {
        self.0.assert_none(VIOLATIONS).await;
    }
}

const VIOLATIONS: &str = "
    with sums as (
        select wallet_id,
            count(*) as entries,
            max(number) as last,
            sum(case type when 'CHARGE' then -amount else amount end) as balance
        from ledger
        group by wallet_id
    ),
    running as (
        select wallet_id, number, balance_after,
            sum(case type when 'CHARGE' then -amount else amount end)
                over (partition by wallet_id order by number) as expected
        from ledger
    ),
    orders as (
        select order_id,
            count(*) filter (where type = 'CHARGE') as charges,
            count(*) filter (where type = 'REFUND') as refunds,
            array_agg(distinct amount) as amounts,
            array_agg(distinct wallet_id) as wallets
        from ledger
        where order_id is not null
        group by order_id
    )
    select 'the balance of wallet ' || id || ' is not the sum of its ledger'
    from wallets left join sums on wallet_id = id
    where wallets.balance <> coalesce(sums.balance, 0)
        or wallets.entries <> coalesce(sums.entries, 0)
        or wallets.entries <> coalesce(sums.last, 0)
    union all
    select 'entry ' || number || ' of wallet ' || wallet_id || ' has a wrong balance'
    from running
    where balance_after <> expected or balance_after < 0
    union all
    select 'order ' || coalesce(charges.order_id, orders.order_id) || ' is ' || coalesce(status, 'nothing')
        || ' with ' || coalesce(charges, 0) || ' charges and ' || coalesce(refunds, 0) || ' refunds'
    from charges full join orders using (order_id)
    where coalesce(charges, 0) <> case when status in ('CHARGED', 'REFUNDED') then 1 else 0 end
        or coalesce(refunds, 0) <> case when status = 'REFUNDED' then 1 else 0 end
        or amounts <> array[amount]
        or wallets <> array[wallet_id]";
