{#- Does an ISO 8601 text end in `Z` or an offset such as `+03:00`? The date's own hyphens are
    left of position 11. -#}
{% macro iso_has_offset(text) -%}
    (substr({{ text }}, 11) like '%+%' or substr({{ text }}, 11) like '%-%' or upper({{ text }}) like '%Z')
{%- endmacro %}

{#- ISO 8601 text to a TIMESTAMP in UTC. A text without an offset is kept as the clock reading it
    is: nothing here depends on the session's time zone. Digits beyond microseconds are cut, as
    warehouses would round them differently. -#}
{% macro iso_to_utc(text) -%}
    {%- set micros = "regexp_replace(" ~ text ~ ", '([.][0-9]{6})[0-9]+', '\\1')" -%}
    case
        when {{ iso_has_offset(text) }}
            then cast({{ micros }} as timestamp with time zone) at time zone 'UTC'
        else cast({{ micros }} as {{ dbt.type_timestamp() }})
    end
{%- endmacro %}

{#- A UTC timestamp as the clock of the `timezone` var shows it. -#}
{% macro to_local(utc) -%}
    ({{ utc }} at time zone 'UTC' at time zone '{{ var("timezone") }}')
{%- endmacro %}
