-- The three roles of a Tallystick database, and what each may do. Run it once in the scheme's own database, as a
-- superuser, before the first `tallystick db upgrade`; it may be run again. PostgreSQL 15 or newer.
--
--   tallystick_owner     owns every table and cannot log in, so nobody acts as the owner by accident.
--   tallystick_migrator  logs in for `tallystick db upgrade` alone, and acts through SET ROLE tallystick_owner.
--   tallystick_service   what the web processes and the nightly run log in as: it reads and adds. It changes rows
--                        only where a migration grants it UPDATE, and never deletes or truncates.
--
-- Passwords are not set here. Set them with \password in psql, or let pg_hba.conf use peer or certificates.

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('tallystick_owner', 'NOLOGIN'),
            ('tallystick_migrator', 'LOGIN NOINHERIT'),
            ('tallystick_service', 'LOGIN')
        ) AS roles (name, login)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            EXECUTE format(
                'CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS',
                wanted.name, wanted.login
            );
        END IF;
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO tallystick_migrator, tallystick_service', current_database());
END
$$;

GRANT tallystick_owner TO tallystick_migrator;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO tallystick_owner;
GRANT USAGE ON SCHEMA public TO tallystick_service;

-- What the owner makes from here on, the service may read. INSERT on every table of the scheme, and UPDATE on those whose
-- rows change, are granted by the migration that makes the table.
ALTER DEFAULT PRIVILEGES FOR ROLE tallystick_owner IN SCHEMA public GRANT SELECT ON TABLES TO tallystick_service;
ALTER DEFAULT PRIVILEGES FOR ROLE tallystick_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO tallystick_service;
ALTER DEFAULT PRIVILEGES FOR ROLE tallystick_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
