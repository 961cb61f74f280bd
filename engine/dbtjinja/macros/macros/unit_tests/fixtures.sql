{# Rows given in YAML as SQL, one select a row, every value cast to its column's type. #}

{# An input of a unit test. Columns the rows leave out are null. The types come from the relation that is replaced,
   or from its stand-in of the state when it is not built yet. #}
{% macro get_fixture_sql(rows, column_name_to_data_types) %}
  {% set types = column_name_to_data_types or {} %}
  {% set quoted = {} %}
  {% if not types %}
    {% set replaced = defer_relation if defer_relation and not load_relation(this) else this %}
    {% set types = {} %}
    {% for column in adapter.get_columns_in_relation(replaced) %}
      {% do types.update({column.name | lower: column.data_type}) %}
      {% do quoted.update({column.name | lower: column.quoted}) %}
    {% endfor %}
  {% endif %}
  {% if not types %}
    {% do exceptions.raise_compiler_error(
        "Not able to get columns for unit test '" ~ model.name ~ "' from relation " ~ this ~ " because the relation doesn't exist") %}
  {% endif %}
  {% set nulls = {} %}
  {% for name, type in types.items() %}{% do nulls.update({name: safe_cast('null', type) | trim}) %}{% endfor %}

  {% do validate_fixture_rows(rows, row_number) %}
  {% set selects = [] %}
  {% for row in rows %}
    {% set values = nulls.copy() %}
    {% do values.update(format_row(row, types)) %}
    {% do selects.append(_select_values(values, quoted)) %}
  {% endfor %}
-- Fixture for {{ model.name }}
{{ selects | join('\nunion all\n') if selects else _select_values(nulls, quoted) ~ '\nlimit 0' }}
{% endmacro %}

{# The expected rows of a unit test, with the columns that they name. #}
{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted) %}
  {% if not rows %}{{ return('select * from dbt_internal_unit_test_actual\nlimit 0') }}{% endif %}
  {% set selects = [] %}
  {% for row in rows %}
    {% do selects.append(_select_values(format_row(row, column_name_to_data_types), column_name_to_quoted)) %}
  {% endfor %}
  {{ return(selects | join('\nunion all\n')) }}
{% endmacro %}

{% macro _select_values(values, quoted) %}
  {% set columns = [] %}
  {% for name, value in values.items() %}{% do columns.append((value | trim) ~ ' as ' ~ quoted.get(name, name)) %}{% endfor %}
  {{ return('select ' ~ (columns | join(', '))) }}
{% endmacro %}

{# {column: SQL value}; names without regard to case. #}
{% macro format_row(row, column_name_to_data_types) %}
  {% set formatted = {} %}
  {% for given_name, value in row.items() %}
    {% set name = given_name | lower %}
    {% if name not in column_name_to_data_types %}
      {% set fixture = 'expected output' if model.resource_type == 'unit_test' else "'" ~ model.name ~ "'" %}
      {% do exceptions.raise_compiler_error("Invalid column name: '" ~ name ~ "' in unit test fixture for " ~ fixture ~ '.'
          ~ '\nAccepted columns for ' ~ fixture ~ ' are: ' ~ (column_name_to_data_types.keys() | list),
          column=name, choices=column_name_to_data_types.keys() | list) %}
    {% endif %}
    {% set type = column_name_to_data_types[name] %}
    {% if value is string %}
      {# a length would cut the value silently #}
      {% set type = type.split('(')[0] if 'varying' in type else type %}
      {% set literal = dbt.string_literal(dbt.escape_single_quotes(value)) %}
    {% else %}
      {% set literal = 'null' if value is none else value %}
    {% endif %}
    {% do formatted.update({name: safe_cast(literal, type)}) %}
  {% endfor %}
  {{ return(formatted) }}
{% endmacro %}

{# For adapters whose fixtures have limits; raises or does nothing. #}
{% macro validate_fixture_rows(rows, row_number) %}
  {{ return(adapter.dispatch('validate_fixture_rows', 'dbt')(rows, row_number)) }}
{% endmacro %}

{% macro default__validate_fixture_rows(rows, row_number) %}{% endmacro %}
