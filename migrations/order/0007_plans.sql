-- A session keeps the plans that a function made while its tables were small, and they must not read whole
-- tables when these have grown.

alter function place_order(uuid, uuid, text, text, jsonb, jsonb, uuid, int) set enable_seqscan = off;
alter function record_saga(uuid, bigint, int, jsonb, boolean, int) set enable_seqscan = off;
alter function cancel_order(uuid, uuid, uuid, int, bigint, int, jsonb) set enable_seqscan = off;
alter function claim_saga(uuid, uuid, int, int) set enable_seqscan = off;
alter function claim_due_sagas(uuid, int, int, int) set enable_seqscan = off;
alter function hurry_sagas(uuid, int, int) set enable_seqscan = off;
