{{ config(materialized='table', pre_hook=[note('first'), after_commit(note('never'))], post_hook=[before_begin(note('last')), in_transaction(note('inside'))]) }}
select 1 as id
