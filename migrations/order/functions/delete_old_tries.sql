-- Whether the journal needs an entry: its saga has not ended, and the entry is not one of the tries of a call that
-- later ones of the same kind have replaced. The first call tells when the step began, and is needed.
create or replace function is_entry_needed(p_entry saga_journal) returns boolean
    language plpgsql stable
    set enable_seqscan = off
as $$
begin
    return not exists (
            select
            from sagas
            where order_id = p_entry.order_id and ended_at is not null
        )
        and not (
            p_entry.entry ->> 'type' in ('SENT', 'UNKNOWN', 'UNDO_SENT', 'UNDO_FAILED')
            and coalesce((p_entry.entry ->> 'attempt')::int > 1, true)
            and exists (
                select
                from saga_journal as later
                where later.order_id = p_entry.order_id
                    and later.seq > p_entry.seq
                    and later.entry ->> 'type' = p_entry.entry ->> 'type'
                    and later.entry ->> 'step' = p_entry.entry ->> 'step'
            )
        );
end
$$;

-- Deletes the tries of each call of a saga but for the first ten and the last ten. The caller has locked the saga's row.
-- Those that are not tallied yet are kept.
create or replace function delete_old_tries(p_order uuid) returns void
    language plpgsql
as $$
begin
    delete from saga_journal
    using (
        select seq,
            row_number() over (partition by entry ->> 'step', entry ->> 'type' order by seq) as from_first,
            row_number() over (partition by entry ->> 'step', entry ->> 'type' order by seq desc) as from_last
        from saga_journal
        where order_id = p_order and entry ->> 'type' in ('SENT', 'UNKNOWN', 'UNDO_SENT', 'UNDO_FAILED')
    ) as tries
    where saga_journal.order_id = p_order
        and saga_journal.seq = tries.seq
        and from_first > 10
        and from_last > 10
        and saga_journal.at <= (select until from tally_mark where single);
end
$$;
