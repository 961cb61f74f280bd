select id, kind as "Kind" from {{ ref('events') }}
