//! The services on the port of the API.

/// A service, which a call names in its signature or by its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    ElasticBeanstalk,
    AutoScaling,
}

impl Service {
    /// The service of a call. The scope of the signature takes precedence.
    pub(crate) fn of(scope: Option<&str>, version: Option<&str>) -> Self {
        let (name, version) = (scope.unwrap_or_default(), version.unwrap_or_default());
        let other = Self::AutoScaling;
        let is_other = name == other.name() || (scope.is_none() && version == other.version());
        if is_other { other } else { Self::ElasticBeanstalk }
    }

    /// The name of the service in signatures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ElasticBeanstalk => "elasticbeanstalk",
            Self::AutoScaling => "autoscaling",
        }
    }

    /// The only version of the API.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::ElasticBeanstalk => "2010-12-01",
            Self::AutoScaling => "2011-01-01",
        }
    }

    /// The XML namespace of answers.
    pub(crate) fn namespace(self) -> &'static str {
        match self {
            Self::ElasticBeanstalk => "http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/",
            Self::AutoScaling => "http://autoscaling.amazonaws.com/doc/2011-01-01/",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Service::{AutoScaling, ElasticBeanstalk};
    use super::*;

    #[test]
    fn the_signature_decides_before_the_version() {
        for (scope, version, service) in [
            (Some("autoscaling"), None, AutoScaling),
            (None, Some("2011-01-01"), AutoScaling),
            (Some("elasticbeanstalk"), Some("2011-01-01"), ElasticBeanstalk),
            (None, None, ElasticBeanstalk),
        ] {
            assert_eq!(Service::of(scope, version), service, "{scope:?} {version:?}");
        }
    }
}
