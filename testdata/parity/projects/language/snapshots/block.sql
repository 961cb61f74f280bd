{% snapshot by_block %}
{{ config(unique_key='id', strategy='timestamp', updated_at='ts', invalidate_hard_deletes=true, target_schema=target.schema ~ '_blocks') }}
select id, kind, ts {% if var('round') > 1 %}, 'new' as added{% endif %} from {{ ref('events') }} where id <> {{ 1 if var('round') > 1 else 0 }}
{% endsnapshot %}
