{# A Python model and the function that writes its data frame. #}
{% macro py_write_table(temporary, relation, compiled_code, partitioned_by=none, sorted_by=none) %}
{{ compiled_code }}

def materialize(df, con):
    # importing pyarrow.dataset first avoids a crash on registering Arrow tables (duckdb/duckdb#6584)
    try:
        import pyarrow
        if isinstance(df, pyarrow.Table):
            import pyarrow.dataset
    except ImportError:
        pass
    view = '__dbt_python_model_df_{{ relation.identifier }}'
    con.register(view, df)
    {%- if partitioned_by or sorted_by %}
    con.execute('create table {{ relation }} as select * from ' + view + ' limit 0')
    {%- if partitioned_by %}
    con.execute('alter table {{ relation }} set partitioned by ({{ partitioned_by }})')
    {%- endif %}
    {%- if sorted_by %}
    con.execute('alter table {{ relation }} set sorted by ({{ sorted_by }})')
    {%- endif %}
    con.execute('insert into {{ relation }} select * from ' + view)
    {%- else %}
    con.execute('create table {{ relation }} as select * from ' + view)
    {%- endif %}
    con.unregister(view)
{% endmacro %}

{# Name of the MotherDuck Flight that runs a Python model; unique per user there, so projects may override it. #}
{% macro flight_name(parsed_model) %}{{ return(adapter.dispatch('flight_name', 'dbt')(parsed_model)) }}{% endmacro %}

{% macro default__flight_name(parsed_model) %}{{ return(duckdb__flight_name(parsed_model)) }}{% endmacro %}

{% macro duckdb__flight_name(parsed_model) %}
  {% set parts = [parsed_model.get('package_name'), parsed_model.get('database'), parsed_model.get('schema'),
                  parsed_model.get('alias') or parsed_model.get('name')] %}
  {{ return((['dbt'] + (parts | select | list)) | join('-')) }}
{% endmacro %}
