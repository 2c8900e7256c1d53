-- What nobody needs any more may leave the journal: that of a saga that has ended, and all but some of the tries of one
-- call. What an unfinished saga needs cannot be deleted.

drop trigger saga_journal_only_grow on saga_journal;

create trigger saga_journal_entries_never_change
    before update or truncate on saga_journal
    for each statement execute function refuse_change();

create trigger saga_journal_keeps_what_is_needed
    before delete on saga_journal
    for each row execute function refuse_deletion_of_needed('is_entry_needed');
