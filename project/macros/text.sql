{#- Text without white space at either end. `trim` alone means other characters in every warehouse
    (PostgreSQL: the space only), so they are listed: ASCII white space, no-break and typographic
    spaces, line and paragraph separators, zero-width space and byte order mark. -#}
{% macro strip(text) -%}
    {%- set blanks = [9, 10, 11, 12, 13, 32, 133, 160, 5760]
        + range(8192, 8204) | list + [8232, 8233, 8239, 8287, 12288, 65279] -%}
    trim({{ text }}, {% for code in blanks %}chr({{ code }}){{ " || " if not loop.last }}{% endfor %})
{%- endmacro %}

{#- Telegram user names are ASCII and ignore case. `lower` depends on the server's locale. -#}
{% macro ascii_lower(text) -%}
    translate({{ text }}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
{%- endmacro %}
